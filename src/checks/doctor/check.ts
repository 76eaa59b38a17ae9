/** What a check saw. Whatever is not ok carries what to type or change. */
export type Verdict = { status: "ok"; observed: string } | { status: "warn" | "fail"; observed: string; fix: string };

/** Looks for one thing. It only looks; the runner times it, catches what it throws and makes a finding of it. */
export interface Check {
	name: string;
	/** What to type when it does not answer, or fails without a hint of its own. */
	fix: string;
	/** A UserError thrown here is a failure with its message and hint. `signal` ends with the time for the check. */
	run: (signal: AbortSignal) => Promise<Verdict>;
}

export const ok = (observed: string): Verdict => ({ status: "ok", observed });
export const warn = (observed: string, fix: string): Verdict => ({ status: "warn", observed, fix });
export const fail = (observed: string, fix: string): Verdict => ({ status: "fail", observed, fix });
