import { UserError, messageOf } from "../errors/errors.ts";
import type { Move, Progressing } from "./driver.ts";
import type { RolloutPorts } from "./ports.ts";

/**
 * Back to what ran before, by the driver's own way. Is not stopped by Ctrl-C. Afterwards `run.pollers` holds the polls
 * of the release before, as far as Temporal shows them.
 * @throws UserError revert_failed: says what is known of the instance
 */
export async function revert(ports: RolloutPorts, move: Move, run: Progressing, why: unknown): Promise<void> {
	const started = ports.clock.now();
	const calm = { ...ports, signal: new AbortController().signal };
	try {
		await run.journal.write("step", "revert");
		run.pollers = await ports.progress.step("go back to the release before", (report) =>
			move.revert(calm, run, report),
		);
		run.steps.push({ kind: "revert", ms: ports.clock.now() - started });
		await run.journal.write("done", "revert");
	} catch (cause) {
		const hint = (cause instanceof UserError && cause.hint) || `cres status, then cres rollback ${ports.instance}`;
		const reason = messageOf(cause) === messageOf(why) ? "" : `: ${messageOf(cause)}`;
		const what = `${messageOf(why)}; and ${ports.instance} could not be brought back${reason}`;
		throw new UserError("revert_failed", what, { hint, cause });
	}
}
