import type { CheckReport, Finding } from "./run.ts";

const MARK: Record<Finding["status"], string> = { ok: "✔", warn: "!", fail: "✖" };

/** One line a check, the fix below what is not ok, the counts at the end. */
export function renderReport({ checks, failed, warned }: CheckReport): string {
	const width = Math.max(0, ...checks.map(({ check }) => check.length));
	const lines = checks.flatMap((finding) => [
		`${MARK[finding.status]} ${finding.status.padEnd(4)}  ${finding.check.padEnd(width)}  ${oneLine(finding.observed)}`,
		...(finding.status === "ok" ? [] : [`  → ${oneLine(finding.fix)}`]),
	]);
	return [...lines, `${checks.length} checks: ${failed} failed, ${warned} with a warning`].join("\n");
}

const oneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, "; ");
