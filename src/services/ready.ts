import { UserError, messageOf } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { lastLines } from "../system/log-file.ts";
import { until } from "../system/until.ts";

const LOOK_EVERY_MS = 100;
const LOG_LINES = 10;
const CHECK_LIMIT_MS = 10_000;

/** True when the service answers as it should; what it throws counts as "not yet". */
export type ReadyCheck = () => Promise<boolean>;

export interface Starting {
	name: string;
	ready: ReadyCheck;
	/** Whether its process runs. */
	alive: () => Promise<boolean>;
	/** How it has ended, as `exit 3`, where that is known. */
	ended?: () => string | undefined;
	withinMs: number;
	/** The log's path, and its bytes when the process was started. */
	log: { path: string; from: number };
	clock: Clock;
	signal: AbortSignal | undefined;
}

/**
 * Returns when a process that was started is ready. The errors end with the last lines that it wrote.
 * @throws UserError service_ended, service_not_ready; AbortError when `signal` is aborted
 */
export async function waitUntilReady(starting: Starting): Promise<void> {
	const { name, ready, alive, withinMs, clock, signal } = starting;
	let reason = "its ready check fails";
	const isReady = await until(clock, { everyMs: LOOK_EVERY_MS, withinMs, signal }, async () => {
		if (!(await alive())) throw await endedEarly(starting);
		try {
			return (await checkInTime(ready, clock)) || undefined;
		} catch (error) {
			reason = messageOf(error);
			return undefined;
		}
	});
	if (isReady) return;
	const late = `${name} is not ready after ${withinMs / 1000} s: ${reason}`;
	throw new UserError("service_not_ready", ...(await described(starting, late)));
}

async function endedEarly(starting: Starting): Promise<UserError> {
	const { name, clock, ended } = starting;
	// The system shows the end before this process is told of it.
	if (ended && ended() === undefined) await clock.sleep(LOOK_EVERY_MS);
	const how = ended?.();
	const what = `${name} ended${how === undefined ? "" : ` (${how})`} before it was ready`;
	return new UserError("service_ended", ...(await described(starting, what)));
}

/** What the check finds. @throws Error after 10 s, and what it throws */
export async function checkInTime(ready: ReadyCheck, clock: Clock): Promise<boolean> {
	const done = new AbortController();
	const over = clock.sleep(CHECK_LIMIT_MS, done.signal).then(() => {
		throw new Error(`its ready check takes more than ${CHECK_LIMIT_MS / 1000} s`);
	});
	try {
		return await Promise.race([ready(), over]);
	} finally {
		done.abort();
	}
}

/** What a UserError says of a failure: its message and its hint. */
async function described({ log }: Starting, what: string): Promise<[string, { hint: string }]> {
	const lines = await lastLines(log.path, log.from, LOG_LINES);
	const said =
		lines.length === 0 ? "it wrote nothing" : `its last lines:\n${lines.map((line) => `  ${line}`).join("\n")}`;
	return [`${what}; ${said}`, { hint: `read ${log.path}` }];
}
