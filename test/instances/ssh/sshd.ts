import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2, { type Client, type ServerConfig } from "ssh2";
import { onTestFinished } from "vitest";

interface Sshd {
	name: string;
	host: string;
	user: string;
	port: number;
	/** Of every login that was tried: whether the key had signed it, and with which hash. */
	logins: { isSigned: boolean; hash: string | undefined }[];
}

/** What ssh2 1.17 has inside of a connection. */
interface Inside {
	_protocol: { serviceAccept: (name: string) => void };
}

/**
 * An sshd with these host keys, until the test ends. It lets in whoever has signed, and forwards nothing. Without
 * `acceptsService` it never says that it accepts the service of logins, and gives it.
 */
export async function sshd(
	hostKeys: (string | Buffer)[],
	algorithms: ServerConfig["algorithms"] = {},
	{ acceptsService = true }: { acceptsService?: boolean } = {},
): Promise<Sshd> {
	const logins: Sshd["logins"] = [];
	const server = new ssh2.Server({ hostKeys, algorithms }, (connection) => {
		if (!acceptsService) (connection as unknown as Inside)._protocol.serviceAccept = () => {};
		(connection as unknown as Client).setNoDelay(true); // else each answer waits 40 ms for an ACK
		connection
			.on("error", () => {})
			.on("authentication", (attempt) => {
				if (attempt.method !== "publickey") return attempt.reject(["publickey"]);
				const key = ssh2.utils.parseKey(`${attempt.key.algo} ${attempt.key.data.toString("base64")}`);
				if (key instanceof Error) throw key;
				const { signature, blob, hashAlgo } = attempt;
				logins.push({ isSigned: signature !== undefined, hash: hashAlgo });
				if (signature && key.verify(blob!, signature, hashAlgo) !== true) return attempt.reject(["publickey"]);
				attempt.accept();
			});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	return { name: "cpu-1", host: "127.0.0.1", user: "ops", port: (server.address() as AddressInfo).port, logins };
}
