import { withLockIfRoom } from "../state/lock-if-room.ts";
import { withLock } from "../state/lock.ts";
import type { ControlPorts } from "./control-ports.ts";
import { controlLock } from "./place.ts";

const LOOK_EVERY_MS = 300;

/**
 * Does `work` while nobody else starts or stops this control plane; says who does and waits for them, `waitMs` at most.
 * @throws UserError lease_held (busy) when it takes them longer
 */
export const inTurn = <T>(
	ports: ControlPorts,
	purpose: string,
	waitMs: number,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> =>
	withLock(controlLock(ports.config.state), (_, signal) => work(signal), optionsOf(ports, purpose, waitMs));

/** The same for what has to be possible on a full or read-only disk, too: there it goes on without the lock. */
export const inTurnIfRoom = <T>(
	ports: ControlPorts,
	purpose: string,
	waitMs: number,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> =>
	withLockIfRoom(controlLock(ports.config.state), work, {
		...optionsOf(ports, purpose, waitMs),
		onNoRoom: (why) => ports.progress.note(`${why}; ${purpose} goes on without the lock of the control plane`),
	});

const optionsOf = ({ clock, progress, signal }: ControlPorts, purpose: string, waitMs: number) => ({
	...{ clock, purpose, waitMs, signal, everyMs: LOOK_EVERY_MS },
	subject: "the control plane",
	hint: "wait until that has ended; cres control status shows what runs",
	onWait: (who: string) => progress.note(`${who}; waiting for it`),
});
