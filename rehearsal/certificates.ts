import { X509Certificate } from "node:crypto";
import { chmod, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../src/errors/errors.ts";
import { readTextIfExists } from "../src/system/files.ts";
import type { Layout, PartContext } from "./part.ts";

/** The name in the certificate of the perimeter's Temporal. */
const SERVER_NAME = "temporal.rehearsal.internal";
const VALID_DAYS = 365;
/** Certificates that are valid for less are made again. */
const SPARE_MS = 30 * 24 * 3_600_000;

type Place = Pick<Layout, "directory">;

const pathIn = ({ directory }: Place, name: string): string => join(directory, "tls", name);

/** Files in PEM of whoever may use the perimeter's Temporal, as `temporal.tls` of cres.yaml names them. */
export const clientTls = (place: Place) => ({
	ca: pathIn(place, "ca.pem"),
	cert: pathIn(place, "client.pem"),
	key: pathIn(place, "client-key.pem"),
	server_name: SERVER_NAME,
});

/** Files in PEM of the server, and the CA whose clients it lets in. */
export const serverTls = (place: Place) => ({
	ca: pathIn(place, "ca.pem"),
	cert: pathIn(place, "server.pem"),
	key: pathIn(place, "server-key.pem"),
});

/** Makes a CA and the two certificates that it signs, unless they are there and valid for a while. Its own key is not kept. */
export async function ensureCertificates(context: PartContext, now = Date.now()): Promise<void> {
	if (await areValid(context, now)) return;
	const made = await mkdtemp(pathIn(context, "").replace(/\/$/, "-"));
	try {
		await makeCertificates(context, made);
		await rm(pathIn(context, ""), { recursive: true, force: true });
		await rename(made, pathIn(context, ""));
	} finally {
		await rm(made, { recursive: true, force: true });
	}
}

async function areValid(place: Place, now: number): Promise<boolean> {
	const paths = [serverTls(place).cert, clientTls(place).cert, clientTls(place).ca];
	const texts = await Promise.all(paths.map(readTextIfExists));
	return texts.every((text) => {
		return text !== undefined && Date.parse(new X509Certificate(text).validTo) - now > SPARE_MS;
	});
}

async function makeCertificates({ shell, bridge }: PartContext, directory: string): Promise<void> {
	const file = (name: string): string => join(directory, name);
	await writeFile(file("openssl.cnf"), openSslConfig(bridge.gateway));
	const make = async (name: string, ...signing: string[]): Promise<void> => {
		const what = ["-extensions", name, "-subj", `/CN=cres rehearsal ${name}`, "-days", String(VALID_DAYS)];
		const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file(`${name}-key.pem`)];
		const args = ["req", "-x509", "-config", file("openssl.cnf"), ...what, ...key, "-out", file(`${name}.pem`)];
		const { exitCode, stderr } = await shell.run("openssl", [...args, ...signing], { timeoutMs: 30_000 });
		if (exitCode !== 0)
			throw new UserError("rehearsal_failed", `openssl makes no certificate: ${stderr.trim()}`, {
				hint: "openssl version tells which one it is; 3.0 or newer is needed",
			});
		await chmod(file(`${name}-key.pem`), 0o600);
	};
	await make("ca");
	for (const name of ["server", "client"]) await make(name, "-CA", file("ca.pem"), "-CAkey", file("ca-key.pem"));
	await Promise.all(["ca-key.pem", "openssl.cnf"].map((name) => rm(file(name))));
}

/** @see https://docs.openssl.org/3.0/man5/x509v3_config/ */
const openSslConfig = (gateway: string): string => `[req]
prompt = no
distinguished_name = name
[name]
CN = replaced
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:${SERVER_NAME}, IP:127.0.0.1, IP:${gateway}
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
`;
