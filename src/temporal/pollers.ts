import type { ExpectedPoller, Role, TaskQueueType } from "../contracts/queues.ts";
import type { Clock } from "../system/clock.ts";
import type { Heartbeat, Poller } from "./replies.ts";
import type { Temporal } from "./temporal.ts";

/** A live worker's poll row is at most 60 to 70 s old, the length of a long poll. */
const LIVE_POLL_MS = 90_000;
/** The server forgets a poller after this time. */
const FORGOTTEN_MS = 300_000;
/** Three of the 10 s heartbeats that our workers send. */
const FRESH_HEARTBEAT_MS = 30_000;

/** LIVE polls; BUSY has all slots taken and so does not poll; STALE may be dead; GONE is. */
type Verdict = "LIVE" | "BUSY" | "STALE" | "GONE";

/** A worker on one task queue. */
export interface PollerRow {
	queue: string;
	type: TaskQueueType;
	role: Role;
	identity: string;
	buildId: string | null;
	/** Last poll or heartbeat, milliseconds since the epoch. */
	lastSeenMs: number;
	verdict: Verdict;
}

export interface PollersReport {
	rows: PollerRow[];
	backlog: { queue: string; type: TaskQueueType; count: number; ageMs: number }[];
	/** Expected pollers for which no row is LIVE or BUSY. */
	missing: ExpectedPoller[];
}

/** What is known of a worker in one row. Times in milliseconds since the epoch. */
export interface Sighting {
	/** Last poll of this row's queue and type. */
	poll: number | undefined;
	/** Last poll of each queue and type that the worker was seen on, this row's among them. */
	polls: readonly number[];
	beat: Omit<Heartbeat, "identity" | "queue" | "buildId"> | undefined;
}

/** The verdict on one worker. Without a fresh heartbeat it is the same in all of its rows. */
export function judge({ poll = -Infinity, polls, beat }: Sighting, nowMs: number): Verdict {
	if (beat?.running && nowMs - beat.atMs <= FRESH_HEARTBEAT_MS)
		return nowMs - poll > LIVE_POLL_MS && beat.slots.available === 0 ? "BUSY" : "LIVE";
	const newest = Math.max(...polls);
	// A worker that lives polls for each of its types at any time: one poll that ended long ago ends the others too.
	const isPolling = polls.length > 0 && nowMs - Math.min(...polls) <= LIVE_POLL_MS;
	if (isPolling && !fellSilent(beat, newest, nowMs)) return "LIVE";
	return nowMs - newest <= FORGOTTEN_MS ? "STALE" : "GONE";
}

/**
 * Whether a worker stopped, or sends no heartbeat any more although it did at its last poll. A poll well after the last
 * heartbeat is one of the same container, started again, or of a worker whose heartbeats do not arrive.
 */
function fellSilent(beat: Sighting["beat"], newestPoll: number, nowMs: number): boolean {
	if (!beat) return false;
	if (!beat.running) return beat.atMs >= newestPoll;
	return nowMs - newestPoll > FRESH_HEARTBEAT_MS && newestPoll - beat.atMs <= FRESH_HEARTBEAT_MS;
}

/** It takes tasks, or has every slot taken. */
export const isServing = ({ verdict }: Pick<PollerRow, "verdict">): boolean => verdict === "LIVE" || verdict === "BUSY";

/** Whether workers of exactly these identities serve every expected queue. An identity that is not known serves none. */
export const servesAll = (
	expected: readonly ExpectedPoller[],
	identity: (role: Role) => string | undefined,
	polls: readonly PollerRow[],
): boolean =>
	expected.every(({ queue, type, role }) =>
		polls.some(
			(poll) => poll.queue === queue && poll.type === type && poll.identity === identity(role) && isServing(poll),
		),
	);

/** Reads all expected queues at the same time and judges every worker seen there. */
export async function observePollers(
	temporal: Temporal,
	expected: readonly ExpectedPoller[],
	clock: Pick<Clock, "now">,
): Promise<PollersReport> {
	const queues = [...new Set(expected.map(({ queue }) => queue))];
	const [statuses, beats] = await Promise.all([
		Promise.all(expected.map(({ queue, type }) => temporal.queueStatus(queue, type))),
		Promise.all(queues.map((queue) => temporal.heartbeats(queue))),
	]);
	// The times of polls are the server's. What tells the time here may be another one: it makes no poll older.
	const seen = { polls: statuses.flatMap(({ pollers }) => pollers), beats: beats.flat() };
	const local = clock.now() - Math.max(0, temporal.ahead?.() ?? 0);
	// Nobody has polled in the future: where somebody polls, a clock that is behind makes no dead worker look alive.
	const now = Math.max(local, ...seen.polls.map(({ lastSeenMs }) => lastSeenMs));
	const rows = expected.flatMap((one, index) => rowsOf(one, statuses[index]!.pollers, seen, now));
	return {
		rows,
		backlog: expected.map(({ queue, type }, index) => ({ queue, type, ...statuses[index]!.backlog })),
		missing: expected.filter(
			(one) => !rows.some((row) => row.queue === one.queue && row.type === one.type && isServing(row)),
		),
	};
}

function rowsOf(
	{ queue, type, role }: ExpectedPoller,
	pollers: readonly Poller[],
	{ polls, beats }: { polls: readonly Poller[]; beats: readonly Heartbeat[] },
	now: number,
): PollerRow[] {
	const here = beats.filter((beat) => beat.queue === queue);
	const workers = [...pollers, ...(type === "activity" ? busyOf(pollers, here) : [])];
	return workers.map(({ identity, buildId, lastSeenMs }) => {
		const beat = here.filter((one) => one.identity === identity).toSorted((a, b) => b.atMs - a.atMs)[0];
		const own = polls.filter((one) => one.identity === identity).map((one) => one.lastSeenMs);
		return {
			queue,
			type,
			role,
			identity,
			buildId: buildId ?? beat?.buildId ?? null,
			lastSeenMs: Math.max(lastSeenMs ?? 0, beat?.atMs ?? 0),
			verdict: judge({ poll: lastSeenMs, polls: own, beat }, now),
		};
	});
}

/** A worker that is busy with all its slots has no poll row left; its heartbeat alone keeps it on the list. */
const busyOf = (pollers: readonly Poller[], beats: readonly Heartbeat[]) =>
	beats
		.filter((beat) => beat.slots.available === 0 && !pollers.some(({ identity }) => identity === beat.identity))
		.map(({ identity, buildId }) => ({ identity, buildId, lastSeenMs: undefined }));
