import { UserError, codeOf } from "../errors/errors.ts";
import { cutNames, dotenvValues } from "../system/dotenv.ts";
import { readWhole } from "../system/files.ts";
import { encodingFault } from "./encoding.ts";

interface EnvFile {
	values: Record<string, string>;
	/** What a person should know of it: names, never values. */
	warnings: string[];
}

/** Reads .env; none is an empty one. @throws UserError env_file_unreadable: a directory, no permission, not UTF-8 */
export async function readEnvFile(path: string): Promise<EnvFile> {
	const bytes = await bytesOf(path);
	const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
	const values = dotenvValues(text);
	// Another encoding in a comment does no harm.
	const fault = encodingFault(bytes, path);
	if (fault && (bytes.includes(0) || Object.values(values).some((value) => value.includes(UNREADABLE))))
		throw unreadable(path, fault.why, fault.hint);
	const warnings = cutNames(text).map(
		(name) => `${name} in .env ends at its #, which begins a comment: put quotes around the value`,
	);
	return { values, warnings };
}

/** What a decoder puts where bytes are no UTF-8. */
const UNREADABLE = "\uFFFD";

async function bytesOf(path: string): Promise<Buffer> {
	try {
		return await readWhole(path);
	} catch (error) {
		const code = codeOf(error);
		if (code === "ENOENT") return Buffer.alloc(0);
		if (code === "EISDIR")
			throw unreadable(path, "is a directory", `move it away, and put a file of NAME=value lines there`, error);
		if (code === "EFBIG") throw unreadable(path, "is too large", "put a file of NAME=value lines there", error);
		if (code === "EACCES" || code === "EPERM")
			throw unreadable(path, `may not be read (${code})`, `chmod 600 ${path}, as its owner`, error);
		throw unreadable(path, `cannot be read (${code ?? "unknown"})`, "look at the file and its disk", error);
	}
}

const unreadable = (path: string, why: string, hint: string, cause?: unknown) =>
	new UserError("env_file_unreadable", `${path} ${why}`, { hint: `${hint}, then the same command again`, cause });
