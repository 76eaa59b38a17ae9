import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { UserError, codeOf } from "../errors/errors.ts";
import { readBytes } from "../system/limits.ts";

/** The text that a flag gives: itself, `@FILE`, or `-` for standard input. @throws UserError input_missing (usage) */
export async function readInput(argument: string): Promise<string> {
	if (argument === "-") return text(process.stdin);
	if (!argument.startsWith("@")) return argument;
	return readFile(argument.slice(1), "utf8").catch((error: unknown) => {
		throw new UserError("input_missing", `${argument.slice(1)} cannot be read (${codeOf(error)})`, {
			hint: "--input @FILE reads a file, --input - standard input",
		});
	});
}

/** Far more than the body of an issue takes. */
const MOST_REPORT_BYTES = 1024 * 1024;

/** What to do when a file that a flag names is not there, or too large. */
interface FileHints {
	missing: string;
	large: string;
}

const REPORT: FileHints = {
	missing: "--file FILE reads a file, --file - standard input; an empty file closes the issue",
	large: "give a shorter report: an issue takes 65,000 characters",
};

/**
 * The text of a file, or of standard input for `-`: at most 1 MiB.
 * @throws UserError input_missing (usage) for a file that is not there, usage for more
 */
export async function readReport(file: string, hints: FileHints = REPORT): Promise<string> {
	const stream = file === "-" ? process.stdin : createReadStream(file);
	const name = file === "-" ? "standard input" : file;
	return readBytes(stream, MOST_REPORT_BYTES).then(String, (cause: unknown) => {
		if (codeOf(cause) === "EMSGSIZE")
			throw new UserError("usage", `${name} has more than ${MOST_REPORT_BYTES} bytes`, { hint: hints.large, cause });
		const why = codeOf(cause) ?? "unknown";
		throw new UserError("input_missing", `${name} cannot be read (${why})`, { hint: hints.missing, cause });
	});
}
