import type { Move, Progressing } from "./driver.ts";
import type { RolloutPorts } from "./ports.ts";
import { describeStep, type Step } from "./step.ts";

/** Does one step and journals it before and after. */
export async function perform(ports: RolloutPorts, move: Move, run: Progressing, step: Step): Promise<void> {
	ports.signal.throwIfAborted();
	const started = ports.clock.now();
	await run.journal.write("step", step.kind, describeStep(step));
	await ports.progress.step(describeStep(step), (report) => move.act(ports, run, step, report));
	const ms = ports.clock.now() - started;
	run.steps.push({ kind: step.kind, ms });
	await run.journal.write("done", step.kind, `${ms} ms`);
}
