import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import ssh2 from "ssh2";
import type { AuthContext, Client, Connection, ParsedKey, PublicKeyAuthContext, ServerChannel } from "ssh2";
import { listeningPort } from "../listen.ts";

export interface HostKey {
	/** OpenSSH PEM. */
	private: string;
	/** `SHA256:…` */
	fingerprint: string;
}

export interface Answer {
	stdout: string;
	stderr?: string;
	exitCode: number;
}

export interface SshServer {
	port: number;
	/** Connections that are open. */
	connections(): number;
	/** Takes no more connections and cuts those that are open. */
	close(): Promise<void>;
}

interface SshServerOptions {
	port: number;
	hostKey: HostKey;
	/** Public keys that are let in now, as OpenSSH writes them; `any`: every key. */
	keys: () => readonly string[] | "any";
	exec: (command: string) => Answer;
}

const BANNER = "Welcome to vast.ai. If authentication fails, try again after a few seconds.\nHave fun!\n";

/** An ed25519 pair in OpenSSH's formats. Of ssh2's own, one in 256 cannot be parsed (mscdex/ssh2 issue 1513). */
export function makeKeyPair(): { private: string; public: string } {
	for (;;) {
		const pair = ssh2.utils.generateKeyPairSync("ed25519");
		if (parse(pair.private) && parse(pair.public)) return pair;
	}
}

/** The key as an sshd makes it at its first start. */
export function makeHostKey(): HostKey {
	const { private: pem } = makeKeyPair();
	const blob = parse(pem)!.getPublicSSH();
	const hash = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
	return { private: pem, fingerprint: `SHA256:${hash}` };
}

/** An sshd on loopback that knows keys only and answers `exec` by a function. */
export async function startSshServer({ port, hostKey, keys, exec }: SshServerOptions): Promise<SshServer> {
	const connections = new Set<Connection>();
	const server = new ssh2.Server({ hostKeys: [hostKey.private], banner: BANNER }, (connection) => {
		connections.add(connection);
		(connection as unknown as Client).setNoDelay(true); // else each answer waits 40 ms for an ACK
		connection.on("close", () => void connections.delete(connection)).on("error", () => {});
		connection.on("authentication", (context) => authenticate(context, keys()));
		connection.on("session", (accept) => {
			const session = accept();
			session.on("exec", (acceptExec, _reject, { command }) => reply(acceptExec(), exec(command)));
			session.on("shell", (acceptShell) => reply(acceptShell(), { stdout: "no shell here\r\n", exitCode: 1 }));
		});
	});
	const listening = await listeningPort(server, port);
	const close = () =>
		new Promise<void>((resolve) => {
			server.close(() => resolve());
			for (const connection of connections) connection.end();
		});
	return { port: listening, connections: () => connections.size, close };
}

function reply(channel: ServerChannel, { stdout, stderr = "", exitCode }: Answer): void {
	channel.write(stdout);
	if (stderr) channel.stderr.write(stderr);
	channel.exit(exitCode);
	channel.end();
}

function authenticate(context: AuthContext, keys: readonly string[] | "any"): void {
	if (context.method !== "publickey" || context.username !== "root") return context.reject(["publickey"]);
	const allowed = keys === "any" ? parse(offered(context)) : keys.map(parse).find((key) => key && isSame(key, context));
	if (!allowed) return context.reject(["publickey"]);
	const { signature, blob, hashAlgo } = context;
	if (signature && blob && allowed.verify(blob, signature, hashAlgo) !== true) return context.reject(["publickey"]);
	context.accept();
}

const offered = ({ key }: PublicKeyAuthContext): string => `${key.algo} ${key.data.toString("base64")}`;

function parse(publicKey: string): ParsedKey | undefined {
	const parsed = ssh2.utils.parseKey(publicKey);
	return parsed instanceof Error ? undefined : parsed;
}

function isSame(allowed: ParsedKey, { key }: PublicKeyAuthContext): boolean {
	const blob = allowed.getPublicSSH();
	return blob.length === key.data.length && timingSafeEqual(blob, key.data);
}

/** Takes connections and never says a word. */
export async function listenSilently(port: number): Promise<{ close(): Promise<void> }> {
	const sockets = new Set<Socket>();
	const server: Server = createServer((socket) => {
		sockets.add(socket);
		socket.on("error", () => {}).on("close", () => sockets.delete(socket));
	});
	await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
	return {
		async close() {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
