import { ago, seconds, table } from "../system/text.ts";
import type { PollersReport } from "./pollers.ts";

/** One row a poller, the backlog of each queue, and what is missing. */
export function renderPollers({ rows, backlog, missing }: PollersReport, nowMs: number): string {
	const lines = rows.map(({ queue, type, identity, buildId, lastSeenMs, verdict }) => [
		queue,
		type,
		identity,
		buildId ?? "-",
		ago(nowMs - lastSeenMs),
		verdict,
	]);
	const waiting = backlog.map(
		({ queue, type, count, ageMs }) =>
			`${queue} (${type}): ${count} waiting${count > 0 ? `, the oldest for ${seconds(ageMs)}` : ""}`,
	);
	const absent = missing.map(({ queue, type }) => `✖ nobody polls ${queue} (${type})`);
	return [
		...(rows.length > 0 ? [table(["QUEUE", "TYPE", "IDENTITY", "BUILD", "LAST SEEN", "VERDICT"], lines)] : []),
		...waiting,
		...absent,
		...(absent.length > 0 ? ["  → cres status"] : []),
	].join("\n");
}
