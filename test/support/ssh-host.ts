import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type Client, type Connection, type ServerChannel } from "ssh2";
import { makeHostKey, makeKeyPair } from "../../rehearsal/vast/ssh-server.ts";

/** An sshd on loopback: logins with one key, programs that a test answers, channels to sockets and ports of this machine. */
export interface SshHost extends AsyncDisposable {
	port: number;
	/** Of its host key, `SHA256:…`. */
	fingerprint: string;
	/** Private key file that is let in. */
	key: string;
	folder: string;
	/** Command lines that were run. */
	commands: string[];
	program: (command: string, channel: ServerChannel) => void;
	/** Terminals that programs got, and every new size of one. */
	terminals: { cols: number; rows: number; term?: string }[];
	/** Requests for channels to sockets and ports are heard and not answered. */
	holdsChannels: boolean;
	/** Logins that were tried. */
	logins: number;
	/** Connections that are open. */
	connections: Set<Connection>;
	/** Cuts every connection. */
	drop(): void;
}

export async function startSshHost(): Promise<SshHost> {
	const [hostKey, pair] = [makeHostKey(), makeKeyPair()];
	const folder = await mkdtemp(join(tmpdir(), "cres-ssh-"));
	const key = join(folder, "id");
	await writeFile(key, pair.private, { mode: 0o600 });
	const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (connection) => {
		host.connections.add(connection);
		(connection as unknown as Client).setNoDelay(true); // else each answer waits 40 ms for an ACK
		connection.on("error", () => {}).on("close", () => void host.connections.delete(connection));
		serve(connection, host, pair.public);
	});
	const sockets = new Set<Socket>();
	(server as unknown as { _srv: { on(event: "connection", listener: (socket: Socket) => void): void } })._srv.on(
		"connection",
		(socket) => void sockets.add(socket),
	);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const host: SshHost = {
		...{ port: (server.address() as AddressInfo).port, fingerprint: hostKey.fingerprint, key, folder },
		...{ commands: [], terminals: [], logins: 0, connections: new Set() },
		program: (_command, channel) => leave(channel, 0),
		holdsChannels: false,
		drop() {
			for (const socket of sockets) socket.destroy();
		},
		async [Symbol.asyncDispose]() {
			host.drop();
			await new Promise<void>((resolve) => server.close(() => resolve()));
			await rm(folder, { recursive: true, force: true });
		},
	};
	return host;
}

/** Ends a program. */
export function leave(channel: ServerChannel, exitCode: number): void {
	channel.exit(exitCode);
	channel.end();
}

function serve(connection: Connection, host: SshHost, publicKey: string): void {
	const known = ssh2.utils.parseKey(publicKey);
	if (known instanceof Error) throw known;
	connection.on("authentication", (attempt) => {
		if (attempt.method !== "publickey") return attempt.reject(["publickey"]);
		host.logins++;
		const { key, signature, blob, hashAlgo } = attempt;
		const isKnown = key.data.equals(known.getPublicSSH());
		if (isKnown && (!signature || known.verify(blob!, signature, hashAlgo))) return attempt.accept();
		attempt.reject(["publickey"]);
	});
	connection.on("session", (accept) =>
		accept()
			.on("pty", (acceptPty, _reject, { cols, rows, term }) => {
				host.terminals.push({ cols, rows, term });
				acceptPty?.();
			})
			.on("window-change", (_accept, _reject, { cols, rows }) => void host.terminals.push({ cols, rows }))
			.on("exec", (acceptExec, _reject, { command }) => {
				host.commands.push(command);
				host.program(command, acceptExec());
			}),
	);
	connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
		if (!host.holdsChannels) pipeTo(connect(destPort, destIP), accept, reject);
	});
	connection.on("openssh.streamlocal", (accept, reject, { socketPath }) => {
		if (!host.holdsChannels) pipeTo(connect(socketPath), accept, reject);
	});
}

function pipeTo(upstream: Socket, accept: () => ServerChannel, reject: () => void): void {
	upstream.once("error", reject).once("connect", () => {
		const channel = accept();
		channel.pipe(upstream).pipe(channel);
		channel.on("close", () => upstream.destroy()).on("error", () => upstream.destroy());
	});
}
