import { UserError } from "../errors/errors.ts";

/** Which lines are shown. */
export interface LogQuery {
	/** So many in all, the last ones; when following, so many of each instance to begin with. */
	tail: number;
	follow: boolean;
	/** None that is older; milliseconds since the epoch. */
	since: number | undefined;
	/** Text that a line must hold, as it stands. */
	grep: string | undefined;
	/** The program that wrote it, as its process owner calls it: `api`, `worker-cpu`. */
	program: string | undefined;
}

/** Lines that are looked through where not the last ones are wanted, but those that fit. */
export const SCANNED = 10_000;
const USUAL = 100;

interface Flags {
	tail?: number | undefined;
	since?: string | undefined;
	grep?: string | undefined;
	program?: string | undefined;
	follow?: boolean | undefined;
}

/** @param now milliseconds since the epoch. @throws UserError bad_since (usage) */
export function queryOf({ tail, since, grep, program, follow = false }: Flags, now: number): LogQuery {
	const from = since === undefined ? undefined : sinceOf(since, now);
	return { tail: tail ?? (from === undefined ? USUAL : SCANNED), follow, since: from, grep, program };
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function sinceOf(text: string, now: number): number {
	const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
	if (count !== undefined) return now - Number(count) * UNITS[unit as keyof typeof UNITS];
	const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
	if (!Number.isNaN(at)) return at;
	throw new UserError("bad_since", `--since ${text} is neither an age nor a time`, {
		hint: "give an age such as 90s, 10m, 2h or 1d, or a time such as 2026-11-29T12:00:00Z",
	});
}
