/** Exit codes of every command, shown by `cres help exit-codes` and in the guide. One table, no match on message text. */
export const EXIT = {
	ok: 0,
	failed: 1,
	usage: 2,
	findings: 3,
	rolledBack: 4,
	partial: 5,
	bug: 70,
	busy: 75,
	interrupted: 130,
	terminated: 143,
} as const;

export type ExitName = keyof typeof EXIT;

export const EXIT_MEANING: Record<ExitName, string> = {
	ok: "done, or nothing to do",
	failed: "failed; the message names the next command",
	usage: "wrong flags, arguments or configuration",
	findings: "the command found something to correct, such as a status that is not ok",
	rolledBack: "the new release failed and the old one runs again",
	partial: "some instances of a fleet failed",
	bug: "a defect in cres; please report the stack",
	busy: "somebody else holds the lease, or a rate limit: try later",
	interrupted: "stopped by Ctrl-C",
	terminated: "stopped by SIGTERM or SIGQUIT, or the terminal was closed (SIGHUP)",
};
