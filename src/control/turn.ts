import { withLock } from "../state/lock.ts";
import type { ControlPorts } from "./control-ports.ts";
import { controlLock } from "./place.ts";

const LOOK_EVERY_MS = 300;

/**
 * Does `work` while nobody else starts or stops this control plane; says who does and waits for them, `waitMs` at most.
 * @throws UserError lease_held (busy) when it takes them longer
 */
export const inTurn = <T>(
	{ clock, config, progress, signal }: ControlPorts,
	purpose: string,
	waitMs: number,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> =>
	withLock(controlLock(config.state), (_, ended) => work(ended), {
		...{ clock, purpose, waitMs, signal, everyMs: LOOK_EVERY_MS },
		subject: "the control plane",
		hint: "wait until that has ended; cres control status shows what runs",
		onWait: (who) => progress.note(`${who}; waiting for it`),
	});
