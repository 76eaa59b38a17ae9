import { BaseCommand } from "../cli/base-command.ts";
import { instance } from "../cli/flags.ts";
import { changeLife, renderLife, type LifecycleResult } from "../rollout/lifecycle.ts";

export default class Stop extends BaseCommand {
	static override summary = "Drain an instance's worker and stop it; the container stays.";
	static override examples = ["<%= config.bin %> <%= command.id %> cpu-1"];
	static override args = { instance };

	async run(): Promise<LifecycleResult> {
		const { args } = await this.parse(Stop);
		const context = await this.context();
		const result = await changeLife(await context.rollout(args.instance), "stop");
		this.log(renderLife(result));
		return result;
	}
}
