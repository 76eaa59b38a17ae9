import type { ExpectedPoller, Role } from "../contracts/queues.ts";
import { hasCode } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { observePollers, type PollerRow } from "./pollers.ts";
import type { Temporal } from "./temporal.ts";

const LOOK_EVERY_MS = 150;

export interface Awaited {
	/** One row for each expected poller that was seen. */
	seen: PollerRow[];
	missing: ExpectedPoller[];
}

/**
 * Waits until workers of exactly these identities poll every expected queue, or `timeoutMs` is over.
 * A Temporal that does not answer for a while is waited for; the last look then decides.
 * @throws UserError temporal_unreachable when it did not answer at the end either, and other failures of Temporal at once
 */
export async function awaitPollers(
	temporal: Temporal,
	wanted: { expected: readonly ExpectedPoller[]; identity: (role: Role) => string },
	options: { timeoutMs: number; signal: AbortSignal; clock: Clock; onTick?: (seen: PollerRow[]) => void },
): Promise<Awaited> {
	const { clock, signal } = options;
	const until = clock.now() + options.timeoutMs;
	for (;;) {
		signal.throwIfAborted();
		const last = clock.now() >= until;
		const found = await look(temporal, wanted, clock).catch((error: unknown) => {
			if (last || !hasCode(error, "temporal_unreachable")) throw error;
			return undefined;
		});
		if (found) options.onTick?.(found.seen);
		if (found && (found.missing.length === 0 || last)) return found;
		await clock.sleep(LOOK_EVERY_MS, signal);
	}
}

async function look(
	temporal: Temporal,
	{ expected, identity }: { expected: readonly ExpectedPoller[]; identity: (role: Role) => string },
	clock: Clock,
): Promise<Awaited> {
	const { rows } = await observePollers(temporal, expected, clock);
	const rowFor = (one: ExpectedPoller) =>
		rows.find(
			(row) =>
				row.queue === one.queue &&
				row.type === one.type &&
				row.identity === identity(one.role) &&
				row.verdict === "LIVE",
		);
	return {
		seen: expected.flatMap((one) => rowFor(one) ?? []),
		missing: expected.filter((one) => rowFor(one) === undefined),
	};
}
