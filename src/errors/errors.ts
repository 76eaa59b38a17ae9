import { CATALOGUE, type ErrorCode } from "./catalogue.ts";
import { EXIT, type ExitName } from "./exit.ts";

export interface UserErrorOptions {
	/** The next command to type, or the thing to change. */
	hint?: string;
	cause?: unknown;
}

/**
 * Something the person at the keyboard can act on. Everything else that is thrown is a bug (exit 70).
 * `code` is stable and machine-readable; wording may change, codes may not. The exit is that of the code.
 */
export class UserError extends Error {
	override readonly name = "UserError";
	readonly code: ErrorCode;
	readonly hint: string | undefined;
	readonly exit: ExitName;

	constructor(code: ErrorCode, message: string, options: UserErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.code = code;
		this.hint = options.hint;
		this.exit = CATALOGUE[code].exit;
	}

	/** What oclif reads: the exit code in text mode and the "Try this" lines. */
	get oclif(): { exit: number } {
		return { exit: EXIT[this.exit] };
	}
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Why a request failed. fetch says only that it did: why stands in the cause, of several addresses in the first error. */
export function reasonOf(error: unknown): string {
	const { cause, errors } = Object(error) as { cause?: unknown; errors?: readonly unknown[] };
	if (error instanceof UserError) return error.message; // it says so itself
	const inner = cause ?? errors?.[0];
	return inner instanceof Error ? reasonOf(inner) : messageOf(error) || (codeOf(error) ?? "no reason given");
}

/** The string `code` that Node, ssh2 and UserError put on their errors, if any. */
export function codeOf(error: unknown): string | undefined {
	const code = (error as { code?: unknown } | null)?.code;
	return typeof code === "string" ? code : undefined;
}

/** Whether the system refused a call, as on a full disk or without permission: a fault of this machine, not of cres. */
export const isOfSystem = (error: unknown): boolean => typeof Object(error).syscall === "string";

/** Whether it is a UserError of that code. */
export const hasCode = (error: unknown, code: ErrorCode): error is UserError =>
	error instanceof UserError && error.code === code;
