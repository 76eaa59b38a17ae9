/** Exit codes that commands choose; `cres exit-codes` and the README show all. One table, no match on message text. */
export const EXIT = {
	ok: 0,
	failed: 1,
	usage: 2,
	findings: 3,
	rolledBack: 4,
	partial: 5,
	bug: 70,
	busy: 75,
	unknownCommand: 127,
	interrupted: 130,
	terminated: 143,
} as const;

export type ExitName = keyof typeof EXIT;

const MEANING: Record<ExitName, string> = {
	ok: "done, or nothing to do",
	failed: "failed; the message names the next command",
	usage: "wrong flags, arguments or configuration",
	findings: "found something to correct, such as a bad status",
	rolledBack: "the new release failed, the old one runs again",
	partial: "some instances of a fleet failed",
	bug: "a defect of cres: please report the stack",
	busy: "locked by somebody else, a limit, or not ended: try later",
	unknownCommand: "no such command; or the shell does not find cres",
	interrupted: "stopped by Ctrl-C (SIGINT)",
	terminated: "stopped by SIGTERM, SIGQUIT or a closed terminal (SIGHUP)",
};

/** One row of the table of exit codes. */
export interface ExitRow {
	code: number;
	name: string;
	meaning: string;
}

/** What the shell may see besides: nothing of cres chooses these. */
const OTHERS: readonly ExitRow[] = [
	{ code: 129, name: "hungUp", meaning: "the terminal was closed before the command began" },
	{ code: 141, name: "brokenPipe", meaning: "the reader of a pipe went away, as some shells report it" },
	{ code: 255, name: "remote", meaning: "ssh, exec: no connection; otherwise the program's code" },
];

/** Every exit code, in order. */
export const EXIT_CODES: readonly ExitRow[] = [
	...(Object.keys(EXIT) as ExitName[]).map((name) => ({ code: EXIT[name], name, meaning: MEANING[name] })),
	...OTHERS,
].toSorted((a, b) => a.code - b.code);
