import { UserError } from "../../errors/errors.ts";
import { until } from "../../system/until.ts";
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
	let detail = "";
	const isReady = await until(clock, { everyMs: LOOK_EVERY_MS, withinMs: waitMs, signal }, async () => {
		signal.throwIfAborted();
		await check();
		const seen = await health();
		if (seen.ready) return true;
		report((detail = seen.detail));
		return undefined;
	});
	if (isReady) return;
	throw new UserError("service_not_ready", `${name} at ${at} is not ready after ${waitMs / 1000} s: ${detail}`, {
		hint,
	});
}
