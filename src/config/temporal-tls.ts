import { Secret } from "../secrets/secret.ts";
import { readPem, type PemKind } from "./pem-file.ts";
import type { FileConfig } from "./schema.ts";

/** How Temporal is reached over TLS: texts in PEM (RFC 7468). */
export interface TemporalTls {
	/** Undefined: the public CAs. */
	ca: string | undefined;
	/** The client's own, for servers that ask for one. */
	client: { cert: string; key: Secret } | undefined;
	serverName: string | undefined;
}

/**
 * Reads the files that temporal.tls names, relative to the directory of cres.yaml.
 * @throws UserError tls_file_invalid (usage) with the setting whose file cannot be read or is of another kind
 */
export async function readTemporalTls({ tls }: FileConfig["temporal"], root: string): Promise<TemporalTls | undefined> {
	if (!tls) return undefined;
	const read = (setting: "ca" | "cert" | "key", kind: PemKind) =>
		readPem(root, `temporal.tls.${setting}`, tls[setting], kind);
	const [ca, cert, key] = await Promise.all([
		read("ca", "certificate"),
		read("cert", "certificate"),
		read("key", "private key"),
	]);
	const client = cert === undefined || key === undefined ? undefined : { cert, key: new Secret(key) };
	return { ca, client, serverName: tls.server_name };
}
