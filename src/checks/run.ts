import { UserError, messageOf } from "../errors.ts";
import type { Check, Verdict } from "./check.ts";

const TIMEOUT_MS = 5_000;

/** What one check reports. */
export type Finding = { check: string } & Verdict;

/** What `cres doctor` returns under --json; the findings in the order of the checks. */
export interface CheckReport {
	checks: Finding[];
	failed: number;
	warned: number;
}

/** Runs every check at the same time, each with its own limit; the order of the report is that of the checks. */
export async function runChecks(
	checks: readonly Check[],
	{ signal, timeoutMs = TIMEOUT_MS }: { signal: AbortSignal; timeoutMs?: number },
): Promise<CheckReport> {
	const findings = await Promise.all(
		checks.map(async (check) => ({ check: check.name, ...(await verdictOf(check, signal, timeoutMs)) })),
	);
	const count = (status: Verdict["status"]) => findings.filter((finding) => finding.status === status).length;
	return { checks: findings, failed: count("fail"), warned: count("warn") };
}

async function verdictOf(check: Check, signal: AbortSignal, timeoutMs: number): Promise<Verdict> {
	signal.throwIfAborted();
	const limit = new AbortController();
	const timer = setTimeout(() => limit.abort(), timeoutMs);
	const own = AbortSignal.any([signal, limit.signal]);
	const over = new Promise<never>((_, reject) => own.addEventListener("abort", () => reject(own.reason)));
	try {
		return await Promise.race([Promise.resolve().then(() => check.run(own)), over]);
	} catch (error) {
		signal.throwIfAborted();
		if (!limit.signal.aborted) return failed(check, error);
		return { status: "fail", observed: `no answer within ${timeoutMs / 1000} s`, fix: check.fix };
	} finally {
		clearTimeout(timer);
	}
}

function failed(check: Check, error: unknown): Verdict {
	const hint = error instanceof UserError ? error.hint : undefined;
	return { status: "fail", observed: messageOf(error), fix: hint ?? check.fix };
}
