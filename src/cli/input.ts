import { addAbortSignal } from "node:stream";
import { UserError, codeOf } from "../errors/errors.ts";
import { readWhole } from "../system/files.ts";
import { readBytes } from "../system/limits.ts";

/** What to do when a file that a flag names is not there, or too large. */
interface FileHints {
	missing: string;
	large: string;
}

/** Temporal takes no larger payload: docs.temporal.io/cloud/limits, and a server of one's own by default. */
const MOST_INPUT_BYTES = 2 * 1024 * 1024;

const INPUT: FileHints = {
	missing: "--input @FILE reads a file, --input - standard input",
	large: "give a shorter input: Temporal takes 2 MB",
};

/**
 * The text that a flag gives: itself, `@FILE`, or `-` for standard input until `signal`, at most 2 MiB.
 * @throws UserError input_missing (usage), usage for more; the signal's reason
 */
export async function readInput(argument: string, signal: AbortSignal): Promise<string> {
	if (argument !== "-" && !argument.startsWith("@")) return argument;
	const file = argument === "-" ? argument : argument.slice(1);
	return readGiven(file, { most: MOST_INPUT_BYTES, hints: INPUT, signal });
}

/** Far more than the body of an issue takes. */
const MOST_REPORT_BYTES = 1024 * 1024;

const REPORT: FileHints = {
	missing: "--file FILE reads a file, --file - standard input; an empty file closes the issue",
	large: "give a shorter report: an issue takes 65,000 characters",
};

/**
 * The text of a file, or of standard input for `-` until `signal`: at most 1 MiB.
 * @throws UserError input_missing (usage) for a file that is not there, usage for more; the signal's reason
 */
export const readReport = (file: string, signal: AbortSignal, hints: FileHints = REPORT): Promise<string> =>
	readGiven(file, { most: MOST_REPORT_BYTES, hints, signal });

/** Codes of readBytes and readWhole for more than the most. */
const TOO_LARGE: ReadonlySet<string | undefined> = new Set(["EMSGSIZE", "EFBIG"]);

interface Reading {
	/** Bytes. */
	most: number;
	hints: FileHints;
	signal: AbortSignal;
}

async function readGiven(file: string, { most, hints, signal }: Reading): Promise<string> {
	const name = file === "-" ? "standard input" : file;
	const reading = file === "-" ? readBytes(addAbortSignal(signal, process.stdin), most) : readWhole(file, most);
	return reading.then(String, (cause: unknown) => {
		signal.throwIfAborted();
		const code = codeOf(cause);
		if (TOO_LARGE.has(code))
			throw new UserError("usage", `${name} has more than ${most} bytes`, { hint: hints.large, cause });
		throw new UserError("input_missing", `${name} cannot be read (${code ?? "unknown"})`, {
			hint: hints.missing,
			cause,
		});
	});
}
