import { smokedRole, type SmokeReport, type SmokeRung } from "../contracts/smoke.ts";
import { UserError } from "../errors/errors.ts";
import { visible } from "../secrets/leaving.ts";
import { COLUMNS, seconds, wrap } from "../system/text.ts";
import type { SmokePlan } from "./smoke.ts";

const MARK: Record<SmokeRung["status"], string> = { ok: "✔", fail: "✖", skipped: "-" };

/** One row a rung with its time; of a failed one all that it saw, the cause first, and what to do. */
export function renderSmoke(report: SmokeReport, columns = COLUMNS): string {
	const width = Math.max(...report.rungs.map(({ name }) => name.length));
	const rows = report.rungs.flatMap((rung) => rowsOf(rung, width, columns));
	return [...rows, verdict(report)].join("\n");
}

function rowsOf({ name, status, observed, fix, ms }: SmokeRung, width: number, columns: number): string[] {
	const took = status === "skipped" ? "" : seconds(ms);
	const head = `${MARK[status]} ${name.padEnd(width)}  ${took.padStart(7)}  `;
	const indent = " ".repeat(head.length);
	const [first = "", ...more] = visible(observed) // as it leaves, so that lines are as wide as they are shown
		.split("\n")
		.flatMap((line) => wrap(line, Math.max(20, columns - head.length)));
	return [
		`${head}${first}`.trimEnd(),
		...more.map((line) => `${indent}${line}`),
		...(status === "fail" && fix !== undefined ? [`  → ${fix}`] : []),
	];
}

function verdict(report: SmokeReport): string {
	const { ok, buildId, against, rungs, durationMs } = report;
	const what = `build ${buildId} as ${smokedRole(report)}, against ${against}`;
	if (ok) return `✔ ${what}: ${rungs.length} rungs in ${seconds(durationMs)}`;
	return `✖ ${what}: ${failedNames(rungs).join(", ")} failed`;
}

const failedNames = (rungs: readonly SmokeRung[]): string[] =>
	rungs.filter(({ status }) => status === "fail").map(({ name }) => name);

/** What a script and a person are told besides the report; none of a passed one. */
export const smokeFailures = ({ ok, digest, buildId, rungs }: SmokeReport) => {
	if (ok) return [];
	const [first] = rungs.filter(({ status }) => status === "fail");
	const text = `the smoke test of build ${buildId} (${digest.slice(0, 19)}…) failed at ${failedNames(rungs).join(", ")}`;
	const { code, message, hint = "" } = new UserError("smoke_failed", text, first?.fix ? { hint: first.fix } : {});
	return [{ code, message, hint }];
};

/** The ladder with the limits of its rungs. */
export function renderPlan({ digest, buildId, role, pretended, against, ladder }: SmokePlan): string {
	const rows = ladder.flat().map(({ name, limitMs }) => `  ${name.padEnd(14)} at most ${seconds(limitMs)}`);
	const what = `${digest.slice(0, 19)}… (build ${buildId}) as ${role}${pretended ? ", GPU pretended" : ""}, against ${against}`;
	return [`would smoke ${what}:`, ...rows, "nothing was started"].join("\n");
}
