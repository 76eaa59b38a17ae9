import { BaseCommand } from "../../cli/base-command.ts";
import { confirm } from "../../cli/confirm.ts";
import { instance, yes } from "../../cli/flags.ts";
import { breakLocks, renderBroken, renderLocks, showLocks, type Locks } from "../../rollout/locks.ts";

export default class LockBreak extends BaseCommand {
	static override summary = "Break an instance's lease, even when somebody else holds it.";
	static override description =
		"For a control host that is gone for good. A rollout that still runs notices the loss before its next step and stops where it is; the next deploy goes on from there.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1",
		"<%= config.bin %> <%= command.id %> cpu-1 --yes --json",
	];
	static override args = { instance };
	static override flags = { yes };

	async run(): Promise<Locks> {
		const { args, flags } = await this.parse(LockBreak);
		const context = await this.context();
		const ports = { ...context, instance: await context.instance(args.instance) };
		const held = await showLocks(ports);
		if (held.here === null && held.onInstance === null) {
			this.log(renderLocks(held, context.clock.now()));
			return held;
		}
		const holder = renderLocks(held, context.clock.now());
		if (flags.yes) context.progress.note(holder);
		else if (!(await confirm(`${holder}\nBreak the lease of ${args.instance}?`, "--yes"))) {
			context.progress.note(`${args.instance} stays locked`);
			return held;
		}
		const broken = await breakLocks(ports);
		this.log(renderBroken(broken));
		return broken;
	}
}
