import { UserError, messageOf } from "../../errors/errors.ts";
import type { Check, Verdict } from "./check.ts";

const TIMEOUT_MS = 5_000;
/** Checks of a large fleet open an ssh connection each: all at once they would run into their own limits. */
const CONCURRENCY = 16;

/** What one check reports. */
export type Finding = { check: string } & Verdict;

/** What `cres doctor` returns under --json; the findings in the order of the checks. */
export interface CheckReport {
	checks: Finding[];
	failed: number;
	warned: number;
}

export interface RunOptions {
	signal: AbortSignal;
	/** Of each check, from its own start; default 5 s. */
	timeoutMs?: number;
	/** How many checks run at the same time; default 16. */
	concurrency?: number;
}

/** Runs every check, some at the same time. @throws what `signal` was aborted with */
export async function runChecks(
	checks: readonly Check[],
	{ signal, timeoutMs = TIMEOUT_MS, concurrency = CONCURRENCY }: RunOptions,
): Promise<CheckReport> {
	const findings: Finding[] = [];
	const waiting = checks.entries();
	const lane = async () => {
		for (const [index, check] of waiting)
			findings[index] = { check: check.name, ...(await verdictOf(check, signal, timeoutMs)) };
	};
	await Promise.all(Array.from({ length: concurrency }, lane));
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
