import { Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { dryRun, instance } from "../../cli/flags.ts";
import { removeInstance, renderRemoval, type Removal } from "../../instances/remove.ts";

export default class InstanceRemove extends BaseCommand {
	static override summary = "Take an instance out of cres.yaml and forget its host key and endpoint.";
	static override description =
		"Changes nothing on the instance and ends no contract. Refuses while the instance runs something of ours.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1 --dry-run",
		"<%= config.bin %> <%= command.id %> cpu-1 --force",
	];
	static override args = { instance };
	static override flags = {
		"dry-run": dryRun,
		force: Flags.boolean({
			summary: "Remove it even if it runs one of our containers or does not answer.",
			default: false,
		}),
	};

	async run(): Promise<Removal> {
		const { args, flags } = await this.parse(InstanceRemove);
		const context = await this.context();
		const options = { force: flags.force, dryRun: flags["dry-run"] };
		const removal = await removeInstance(context.config, await context.instance(args.instance), options);
		this.log(renderRemoval(removal));
		return removal;
	}
}
