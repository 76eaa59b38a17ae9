import { COLUMNS, wrap } from "../../system/text.ts";
import type { CheckReport, Finding } from "./run.ts";

const MARK: Record<Finding["status"], string> = { ok: "✔", warn: "!", fail: "✖" };

/** One row a check, the fix below what is not ok in one line, to be copied; the counts at the end. */
export function renderReport({ checks, failed, warned }: CheckReport, columns = COLUMNS): string {
	const width = Math.min(Math.max(0, ...checks.map(({ check }) => check.length)), columns / 2);
	const lines = checks.flatMap((finding) => {
		const head = `${MARK[finding.status]} ${finding.status.padEnd(4)}  ${finding.check.padEnd(width)}  `;
		const [first, ...more] = wrap(oneLine(finding.observed), columns - head.length);
		const rest = more.map((line) => `${" ".repeat(head.length)}${line}`);
		return [`${head}${first}`, ...rest, ...(finding.status === "ok" ? [] : [`  → ${oneLine(finding.fix)}`])];
	});
	return [...lines, `${checks.length} checks: ${failed} failed, ${warned} with a warning`].join("\n");
}

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, "; ");
