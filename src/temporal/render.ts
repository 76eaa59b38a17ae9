import { parseIdentity } from "../contracts/identity.ts";
import { ago, counted, seconds, table } from "../system/text.ts";
import { isServing, type PollerRow, type PollersReport } from "./pollers.ts";

const LEGEND = "LIVE polls · BUSY has every slot taken · STALE may be dead · GONE is dead";

export interface PollersView {
	/** Show workers that others have replaced, too. */
	all?: boolean;
	/** Of the screen. */
	columns?: number | undefined;
}

/** One row a poller, the backlog of each queue, and what is missing. */
export function renderPollers(
	{ rows, backlog, missing }: PollersReport,
	nowMs: number,
	{ all = false, columns }: PollersView = {},
): string {
	const shown = all ? rows : rows.filter((row) => !isReplaced(row, rows));
	const hidden = rows.length - shown.length;
	const absent = missing.map(({ queue, type }) => `✖ nobody polls ${queue} (${type})`);
	const cells = shown.map((row) => cellsOf(row, nowMs));
	return [
		...(shown.length > 0 ? [table(HEADERS, cells, { columns, whole: ["VERDICT"] }), LEGEND] : []),
		...(hidden > 0 ? [`${counted(hidden, "row")} of earlier workers hidden: cres pollers --all`] : []),
		...backlog.map(waitingLine),
		...absent,
		...(absent.length > 0 ? ["  → cres status"] : []),
	].join("\n");
}

const HEADERS = ["QUEUE", "TYPE", "WORKER", "BUILD", "SEEN", "VERDICT"];

function waitingLine({ queue, type, count, ageMs }: PollersReport["backlog"][number]): string {
	const oldest = count > 0 ? `, the oldest for ${seconds(ageMs)}` : "";
	return `${queue} (${type}): ${count} waiting${oldest}`;
}

function cellsOf({ queue, type, identity, buildId, lastSeenMs, verdict }: PollerRow, nowMs: number): string[] {
	const known = parseIdentity(identity);
	const worker = known ? `${known.instance}/${known.container}` : identity;
	return [queue, type, worker, buildId ?? "-", ago(nowMs - lastSeenMs), verdict];
}

/** It serves no more, and another worker of the same instance does its work. */
function isReplaced(row: PollerRow, rows: readonly PollerRow[]): boolean {
	const instance = parseIdentity(row.identity)?.instance;
	const isSuccessor = ({ queue, type, identity }: PollerRow) =>
		queue === row.queue && type === row.type && parseIdentity(identity)?.instance === instance;
	return !isServing(row) && rows.some((one) => isServing(one) && isSuccessor(one));
}
