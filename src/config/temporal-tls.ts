import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { UserError, messageOf } from "../errors/errors.ts";
import { Secret } from "../secrets/secret.ts";
import type { FileConfig } from "./schema.ts";

/** How Temporal is reached over TLS: texts in PEM (RFC 7468). */
export interface TemporalTls {
	/** Undefined: the public CAs. */
	ca: string | undefined;
	/** The client's own, for servers that ask for one. */
	client: { cert: string; key: Secret } | undefined;
	serverName: string | undefined;
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----/;
const PRIVATE_KEY = /-----BEGIN (?:\w+ )?PRIVATE KEY-----/;

/**
 * Reads the files that temporal.tls names, relative to the directory of cres.yaml.
 * @throws UserError tls_file_invalid (usage) with the setting whose file cannot be read or is of another kind
 */
export async function readTemporalTls({ tls }: FileConfig["temporal"], root: string): Promise<TemporalTls | undefined> {
	if (!tls) return undefined;
	const read = (setting: "ca" | "cert" | "key", kind: RegExp) => {
		const path = tls[setting];
		return path === undefined ? undefined : readPem(`temporal.tls.${setting}`, resolve(root, path), kind);
	};
	const [ca, cert, key] = await Promise.all([
		read("ca", CERTIFICATE),
		read("cert", CERTIFICATE),
		read("key", PRIVATE_KEY),
	]);
	const client = cert === undefined || key === undefined ? undefined : { cert, key: new Secret(key) };
	return { ca, client, serverName: tls.server_name };
}

async function readPem(setting: string, path: string, kind: RegExp): Promise<string> {
	const invalid = (what: string, cause?: unknown) =>
		new UserError("tls_file_invalid", `${path} ${what}`, { hint: `correct ${setting} in cres.yaml`, cause });
	const text = await readFile(path, "utf8").catch((error: unknown) => {
		throw invalid(`cannot be read (${messageOf(error)})`, error);
	});
	if (kind.test(text)) return text;
	throw invalid(kind === CERTIFICATE ? "holds no certificate in PEM" : "holds no unencrypted private key in PEM");
}
