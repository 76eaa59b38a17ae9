import { BaseCommand } from "../cli/base-command.ts";
import { acceptHostKey, instance } from "../cli/flags.ts";
import { changeLife, renderLife, type LifecycleResult } from "../rollout/lifecycle.ts";

export default class Start extends BaseCommand {
	static override summary = "Start an instance's stopped worker and wait for its polls.";
	static override examples = ["<%= config.bin %> <%= command.id %> cpu-1"];
	static override args = { instance };
	static override flags = { "accept-host-key": acceptHostKey };

	async run(): Promise<LifecycleResult> {
		const { args } = await this.parse(Start);
		const context = await this.context();
		const result = await changeLife(await context.rollout(args.instance), "start");
		this.log(renderLife(result));
		return result;
	}
}
