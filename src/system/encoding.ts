import { basename, dirname } from "node:path";
import type { ErrorCode } from "../errors/catalogue.ts";
import { UserError } from "../errors/errors.ts";
import { readWholeIfExists } from "./files.ts";

/** Why bytes are no text in UTF-8, and what converts or finds it. */
export interface EncodingFault {
	why: string;
	hint: string;
}

/**
 * The text of a file, undefined when there is none. For a file that is written again: a decoder replaces what is no UTF-8.
 * @throws UserError `code` when it is not UTF-8 or holds a zero; other failures as readWhole
 */
export async function readUtf8IfExists(path: string, code: ErrorCode = "file_unusable"): Promise<string | undefined> {
	const bytes = await readWholeIfExists(path);
	const fault = bytes && encodingFault(bytes, path);
	if (fault) {
		const hint = fault.hint.includes(path) ? fault.hint : `in ${dirname(path)}: ${fault.hint}`;
		throw new UserError(code, `${path} ${fault.why}`, { hint });
	}
	return bytes?.toString("utf8");
}

/** A zero in every other byte of its beginning: so UTF-16 without a byte-order mark writes ASCII. */
const UTF16_BYTES = 64;

/** What is wrong with the encoding of the file at `path`; undefined where it is UTF-8 without a zero. */
export function encodingFault(bytes: Buffer, path: string): EncodingFault | undefined {
	const name = basename(path);
	if (isUtf16(bytes)) return { why: "is not UTF-8 (PowerShell writes UTF-16)", hint: toUtf8(name) };
	const zero = bytes.indexOf(0);
	if (zero !== -1) return { why: `holds a zero byte in line ${lineAt(bytes, zero)}`, hint: `remove it from ${path}` };
	const at = notUtf8(bytes);
	if (at === undefined) return undefined;
	return { why: `is not UTF-8 in line ${lineAt(bytes, at)}`, hint: `save ${path} as UTF-8` };
}

function isUtf16(bytes: Buffer): boolean {
	if (/^(?:fffe|feff)/.test(bytes.toString("hex", 0, 2))) return true;
	const head = bytes.subarray(0, UTF16_BYTES & ~1);
	const zeros = [0, 1].map((odd) => head.filter((byte, at) => at % 2 === odd && byte === 0).length);
	return head.length > 1 && Math.max(...zeros) >= Math.floor(head.length / 2) * 0.9 && Math.min(...zeros) === 0;
}

/** Where the first byte stands that is no UTF-8. */
function notUtf8(bytes: Buffer): number | undefined {
	const replaced = Buffer.from(bytes.toString("utf8"));
	if (replaced.equals(bytes)) return undefined;
	const at = replaced.findIndex((byte, index) => byte !== bytes[index]);
	return at === -1 ? bytes.length - 1 : at;
}

const lineAt = (bytes: Buffer, at: number): number => bytes.toString("latin1", 0, at).split("\n").length;

const toUtf8 = (name: string): string =>
	process.platform === "win32"
		? `Get-Content ${name} | Set-Content -Encoding utf8 ${name}.new; Move-Item -Force ${name}.new ${name}`
		: `iconv -f UTF-16 -t UTF-8 ${name} > ${name}.new && mv ${name}.new ${name}`;
