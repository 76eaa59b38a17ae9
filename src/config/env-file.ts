import { UserError } from "../errors/errors.ts";
import { cutNames, dotenvValues, strayLines, unclosedNames } from "../system/dotenv.ts";
import { encodingFault } from "../system/encoding.ts";
import { readSettings, type Unreadable } from "./settings-file.ts";

interface EnvFile {
	values: Record<string, string>;
	/** What a person should know of it: names, never values. */
	warnings: string[];
}

/** Reads .env; none is an empty one. @throws UserError env_file_unreadable: a directory, no permission, not UTF-8 */
export async function readEnvFile(path: string): Promise<EnvFile> {
	const bytes = (await readSettings(path, "a file of NAME=value lines", unreadable(path))) ?? Buffer.alloc(0);
	const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
	const values = dotenvValues(text);
	// Another encoding in a comment does no harm.
	const fault = encodingFault(bytes, path);
	if (fault && (bytes.includes(0) || Object.values(values).some((value) => value.includes(UNREADABLE))))
		throw unreadable(path)(fault.why, fault.hint);
	return { values, warnings: warningsOf(text) };
}

const warningsOf = (text: string): string[] => [
	...cutNames(text).map((name) => `${name} in .env ends at its #, which begins a comment: put quotes around the value`),
	...unclosedNames(text).map(
		(name) => `${name} in .env begins with a quote that is not closed: close it, or remove it`,
	),
	...strayLines(text).map((line) => `.env:${line} is no line of NAME=value, and is not read`),
];

/** What a decoder puts where bytes are no UTF-8. */
const UNREADABLE = "\uFFFD";

const unreadable =
	(path: string): Unreadable =>
	(why, hint, cause) =>
		new UserError("env_file_unreadable", `${path} ${why}`, { hint: `${hint}, then the same command again`, cause });
