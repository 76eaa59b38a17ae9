import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { UserError, codeOf } from "../errors/errors.ts";

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
