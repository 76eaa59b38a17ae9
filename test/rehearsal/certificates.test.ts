import { X509Certificate } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type ConnectionOptions } from "node:tls";
import { expect, it, onTestFinished } from "vitest";
import { clientTls, ensureCertificates, serverTls } from "../../rehearsal/certificates.ts";
import { layoutOf, type PartContext } from "../../rehearsal/part.ts";
import { startTlsFront } from "../../rehearsal/tls-front.ts";
import { systemShell } from "../../src/system/shell.ts";

const DAY_MS = 24 * 3_600_000;

async function perimeter(): Promise<PartContext> {
	const directory = await mkdtemp(join(tmpdir(), "cres-certificates-"));
	onTestFinished(() => rm(directory, { recursive: true, force: true }));
	const layout = layoutOf({ directory, name: "test", portBase: 30_000, contextRoot: directory });
	return { ...layout, shell: systemShell } as PartContext;
}
const text = (path: string): Promise<string> => readFile(path, "utf8");

/** What a client is told that connects with these: the protocol that was agreed on, or the fault. */
async function handshake(options: ConnectionOptions): Promise<unknown> {
	const { promise, resolve } = Promise.withResolvers<unknown>();
	const socket = connect({ host: "127.0.0.1", ALPNProtocols: ["h2"], ...options });
	onTestFinished(() => void socket.destroy());
	socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code));
	socket.once("data", () => resolve(socket.alpnProtocol));
	socket.once("end", () => resolve("ended"));
	socket.write("hello");
	return promise;
}

it("a client with the certificate is let in, under the name and the addresses of the server", async () => {
	const context = await perimeter();
	await ensureCertificates(context);
	const [server, client] = [serverTls(context), clientTls(context)];
	const echo = await echoServer();
	await using front = await startTlsFront({
		...{ cert: await text(server.cert), key: await text(server.key), ca: await text(server.ca), mutual: true },
		...{ host: "127.0.0.1", port: 0, target: echo },
	});
	const { port } = front;
	const [ca, cert, key] = await Promise.all([client.ca, client.cert, client.key].map(text));
	expect(await handshake({ port, ca, cert, key, servername: client.server_name })).toBe("h2");
	expect(await handshake({ port, ca, cert, key })).toBe("h2");
	expect(await handshake({ port, ca, servername: client.server_name })).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET/);
	expect(await handshake({ port, ca, cert, key, servername: "other.example" })).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
	expect(new X509Certificate(await text(server.cert)).subjectAltName).toContain(context.bridge.gateway);
});

it("they are kept while they are valid, and made again 30 days before their end", async () => {
	const context = await perimeter();
	await ensureCertificates(context);
	const first = await text(clientTls(context).cert);
	await ensureCertificates(context, Date.now() + 330 * DAY_MS);
	expect(await text(clientTls(context).cert)).toBe(first);
	await ensureCertificates(context, Date.now() + 336 * DAY_MS);
	expect(await text(clientTls(context).cert)).not.toBe(first);
	await rm(serverTls(context).cert);
	const second = await text(clientTls(context).cert);
	await ensureCertificates(context);
	expect(await text(clientTls(context).cert)).not.toBe(second);
});

it("keys are the owner's, and that of the CA is not kept", async () => {
	const context = await perimeter();
	await ensureCertificates(context);
	const directory = join(context.directory, "tls");
	const files = await readdir(directory);
	expect(files.toSorted()).toEqual(["ca.pem", "client-key.pem", "client.pem", "server-key.pem", "server.pem"]);
	for (const path of [directory, clientTls(context).key, serverTls(context).key])
		expect((await stat(path)).mode & 0o077).toBe(0);
	expect(await readdir(context.directory)).toEqual(["tls"]);
});

/** Says what it hears. */
async function echoServer(): Promise<{ host: string; port: number }> {
	const server = createServer((socket) => socket.on("error", () => {}).pipe(socket)).listen(0, "127.0.0.1");
	onTestFinished(() => void server.close());
	await new Promise((resolve) => server.once("listening", resolve));
	return { host: "127.0.0.1", port: (server.address() as { port: number }).port };
}
