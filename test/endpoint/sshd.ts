import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { makeKeyPair } from "../../rehearsal/vast/ssh-server.ts";
import { readHostKey } from "../../src/instances/ssh/session.ts";

/** An sshd on loopback that lets every key in and forwards to ports of this machine. */
export interface Sshd extends AsyncDisposable {
	port: number;
	/** `SHA256:…` */
	fingerprint: string;
	/** Private key file of somebody who may log in. */
	key: string;
	/** Cuts every connection. */
	drop(): void;
}

export async function startSshd(folder: string): Promise<Sshd> {
	const host = makeKeyPair();
	const connections = new Set<ssh2.Connection>();
	const server = new ssh2.Server({ hostKeys: [host.private] }, (connection) => {
		connections.add(connection);
		connection.on("error", () => {}).on("close", () => connections.delete(connection));
		connection.on("authentication", (attempt) =>
			attempt.method === "publickey" ? attempt.accept() : attempt.reject(["publickey"]),
		);
		connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
			const upstream = connect({ host: destIP, port: destPort, allowHalfOpen: true });
			upstream.once("error", reject).once("connect", () => {
				const channel = accept();
				channel.pipe(upstream).pipe(channel);
				channel.on("close", () => upstream.destroy()).on("error", () => upstream.destroy());
			});
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const key = join(folder, "key");
	await writeFile(key, makeKeyPair().private, { mode: 0o600 });
	const target = { name: "sshd", host: "127.0.0.1", port, user: "root" };
	const { fingerprint } = await readHostKey(target, new AbortController().signal);
	const drop = () => {
		for (const connection of connections) connection.end();
	};
	const dispose = async () => {
		drop();
		await new Promise<void>((resolve) => server.close(() => resolve()));
	};
	return { port, fingerprint, key, drop, [Symbol.asyncDispose]: dispose };
}
