import { LookingCommand } from "../../cli/looking-command.ts";
import { instance } from "../../cli/flags.ts";
import { renderLocks, showLocks, type Locks } from "../../rollout/locks.ts";

export default class LockShow extends LookingCommand {
	static override summary = "Show who holds the lease of an instance, here and on the instance.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1",
		"<%= config.bin %> <%= command.id %> cpu-1 --json",
	];
	static override args = { instance };

	protected async look(): Promise<Locks> {
		const { args } = await this.parse(LockShow);
		const context = await this.context();
		const locks = await showLocks({ ...context, instance: await context.instance(args.instance) });
		this.log(renderLocks(locks, context.clock.now()));
		return locks;
	}
}
