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
	findings: "triage, pollers or perimeter found something",
	rolledBack: "the new release failed and the old one runs again",
	partial: "some instances of a fleet failed",
	bug: "a defect in cres; please report the stack",
	busy: "somebody else holds the lease, or a rate limit: try later",
	interrupted: "stopped by Ctrl-C",
	terminated: "stopped by SIGTERM",
};

export interface UserErrorOptions {
	/** The next command to type, or the thing to change. */
	hint?: string;
	exit?: ExitName;
	cause?: unknown;
}

/**
 * Something the person at the keyboard can act on. Everything else that is thrown is a bug (exit 70).
 * `code` is stable and machine-readable; wording may change, codes may not.
 */
export class UserError extends Error {
	override readonly name = "UserError";
	readonly code: string;
	readonly hint: string | undefined;
	readonly exit: ExitName;

	constructor(code: string, message: string, options: UserErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = code;
		this.hint = options.hint;
		this.exit = options.exit ?? "failed";
	}

	/** What oclif reads: the exit code in text mode and the "Try this" lines. */
	get oclif(): { exit: number } {
		return { exit: EXIT[this.exit] };
	}
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The string `code` that Node, ssh2 and UserError put on their errors, if any. */
export function codeOf(error: unknown): string | undefined {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === "string" ? code : undefined;
}
