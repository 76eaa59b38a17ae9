import { BaseCommand } from "../../cli/base-command.ts";
import { confirm } from "../../cli/confirm.ts";
import { dryRun, instance, keep, yes } from "../../cli/flags.ts";
import { planInstancePrune, pruneInstance, type InstancePrune } from "../../prune/instance.ts";
import { renderInstancePrune } from "../../prune/render.ts";

export default class PruneInstance extends BaseCommand {
	static override summary = "Remove app images from an instance's Docker daemon that nobody needs any more.";
	static override description =
		"Only images of the app's repository that the records of this machine name, and neither what a container is of nor the last releases. A Vast contract has no daemon of ours.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1 --keep 2 --dry-run",
		"<%= config.bin %> <%= command.id %> cpu-1 --yes",
	];
	static override args = { instance };
	static override flags = { keep, "dry-run": dryRun, yes };

	async run(): Promise<InstancePrune> {
		const { args, flags } = await this.parse(PruneInstance);
		const context = await this.context();
		const ports = { ...context, instance: await context.instance(args.instance) };
		const plan = await planInstancePrune(ports, flags.keep ?? context.config.rollout.retain);
		const goes = plan.going.length > 0 && !flags["dry-run"];
		if (goes && !flags.yes && !(await confirm(`${renderInstancePrune(plan)}\nRemove them?`, "--yes"))) {
			context.progress.note("nothing was removed");
			return { ...plan, outcome: "unchanged", going: [], bytes: 0 };
		}
		const done = goes ? await pruneInstance(ports, plan) : plan;
		this.log(renderInstancePrune(done));
		return done;
	}
}
