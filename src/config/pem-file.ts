import { resolve } from "node:path";
import { UserError, messageOf } from "../errors/errors.ts";
import { readText } from "../system/files.ts";

/** What a file in PEM (RFC 7468) must hold. */
export type PemKind = "certificate" | "private key";

const BEGINS: Record<PemKind, RegExp> = {
	certificate: /-----BEGIN CERTIFICATE-----/,
	"private key": /-----BEGIN (?:\w+ )?PRIVATE KEY-----/,
};
const LACKS: Record<PemKind, string> = {
	certificate: "holds no certificate in PEM",
	"private key": "holds no unencrypted private key in PEM",
};

/**
 * The text of a file that a setting of cres.yaml names, relative to the file's directory; undefined where it names none.
 * @throws UserError tls_file_invalid (usage) with the setting whose file cannot be read or is of another kind
 */
export async function readPem(
	root: string,
	setting: string,
	path: string | undefined,
	kind: PemKind,
): Promise<string | undefined> {
	if (path === undefined) return undefined;
	const file = resolve(root, path);
	const invalid = (what: string, cause?: unknown) =>
		new UserError("tls_file_invalid", `${file} ${what}`, { hint: `correct ${setting} in cres.yaml`, cause });
	const text = await readText(file).catch((error: unknown) => {
		throw invalid(`cannot be read (${messageOf(error)})`, error);
	});
	if (BEGINS[kind].test(text)) return text;
	throw invalid(LACKS[kind]);
}
