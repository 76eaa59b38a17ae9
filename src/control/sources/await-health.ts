import { UserError } from "../../errors/errors.ts";
import type { SourceOptions } from "./source.ts";
import type { Starting } from "./starting.ts";

const LOOK_EVERY_MS = 250;

/**
 * Returns when a service that is no process of ours is ready. `check` is asked first, each time, and throws what ended
 * the wait.
 * @throws UserError service_not_ready; AbortError when `signal` is aborted
 */
export async function awaitHealth(
	{ ports: { clock }, service, health }: SourceOptions,
	{ signal, report }: Starting,
	{ check = async () => {}, hint }: { check?: () => Promise<void>; hint: string },
): Promise<void> {
	const { name, waitMs, at } = service;
	// Counted, not read from the clock: that may be set meanwhile.
	for (let waited = 0; ; waited += LOOK_EVERY_MS) {
		const from = performance.now();
		signal.throwIfAborted();
		await check();
		const { ready, detail } = await health();
		if (ready) return;
		report(detail);
		waited += performance.now() - from;
		if (waited >= waitMs)
			throw new UserError("service_not_ready", `${name} at ${at} is not ready after ${waitMs / 1000} s: ${detail}`, {
				hint,
			});
		await clock.sleep(LOOK_EVERY_MS, signal);
	}
}
