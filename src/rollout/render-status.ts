import type { FailureReport } from "../errors/failure-report.ts";
import { isServing } from "../temporal/pollers.ts";
import { ago, table } from "../system/text.ts";
import type { InstanceStatus, StatusReport } from "./status.ts";

/**
 * One row an instance, then what is wrong with each and what to type.
 * @param now milliseconds since the epoch
 * @param columns of the screen; on a narrow one generation and age are left out
 */
export function renderStatus({ instances, temporal }: StatusReport, now: number, columns?: number): string {
	if (instances.length === 0)
		return "cres.yaml names no instance; next: cres instance adopt NAME --host HOST --key FILE";
	const rows = instances.map((row) => [
		row.instance,
		row.running?.buildId || "-",
		row.wanted?.buildId ?? "-",
		row.generation === null ? "-" : String(row.generation),
		row.running ? ago(now - Date.parse(row.running.since)) : "-",
		pollersText(row, temporal !== null),
		row.verdict,
	]);
	const headers = ["INSTANCE", "RUNNING", "WANTED", "GEN", "SINCE", "POLLERS", "VERDICT"];
	return [
		table(headers, rows, { columns, drop: ["GEN", "SINCE"], whole: ["VERDICT"] }),
		...instances.flatMap(findingOf),
	].join("\n");
}

/** Why nothing is known of pollers, as it is told once for all instances. */
export const temporalFailures = ({ temporal }: StatusReport): FailureReport[] =>
	temporal ? [{ ...temporal, hint: temporal.hint ?? "" }] : [];

function pollersText({ running, pollers }: InstanceStatus, silent: boolean): string {
	if (!running) return "-";
	return silent ? "unknown" : `${pollers.filter(isServing).length} of ${pollers.length}`;
}

/** Temporal's failure is the same for all: it is said once, below. */
function findingOf({ instance, verdict, detail, fix, pollers }: InstanceStatus): string[] {
	if (!detail || verdict === "unknown") return [];
	const silent = verdict === "not-polling" ? pollers.filter((one) => !isServing(one)) : [];
	const which = silent.map((one) => `${one.role}/${one.type} ${one.verdict}`).join(", ");
	return [`${instance}: ${detail}${which ? ` (${which})` : ""}`, ...(fix ? [`  → ${fix}`] : [])];
}
