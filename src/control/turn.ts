import { hasCode } from "../errors/errors.ts";
import { claimOf } from "../state/claim.ts";
import { takeLock } from "../state/lock.ts";
import type { Lock } from "../state/held-lock.ts";
import type { ControlPorts } from "./control-ports.ts";
import { controlLock } from "./place.ts";

const LOOK_EVERY_MS = 300;

/**
 * Does `work` while nobody else starts or stops this control plane; says who does and waits for them, `waitMs` at most.
 * @throws UserError lease_held (busy) when it takes them longer
 */
export async function inTurn<T>(
	ports: ControlPorts,
	purpose: string,
	waitMs: number,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	const lock = await waitForLock(ports, purpose, waitMs);
	try {
		return await work(AbortSignal.any([ports.signal, lock.signal]));
	} finally {
		await lock.release();
	}
}

async function waitForLock(ports: ControlPorts, purpose: string, waitMs: number): Promise<Lock> {
	const { clock, config, progress, signal } = ports;
	const hint = "wait until that has ended; cres control status shows what runs";
	let said = false;
	// Counted, not read from the clock: that may be set meanwhile.
	for (let waited = 0; ; waited += LOOK_EVERY_MS) {
		try {
			const options = { clock, subject: "the control plane", hint, durable: false };
			return await takeLock(controlLock(config.state), claimOf(purpose, clock), options);
		} catch (error) {
			if (!hasCode(error, "lease_held") || waited >= waitMs) throw error;
			if (!said) progress.note(`${error.message}; waiting for it`);
			said = true;
			await clock.sleep(LOOK_EVERY_MS, signal);
		}
	}
}
