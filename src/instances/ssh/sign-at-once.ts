import type { Client } from "ssh2";

/** What ssh2 1.17 (pinned exactly) does for each key that it offers: `lib/protocol/Protocol.js`, authPK. */
interface Protocol {
	authPK(user: string, key: Key, algorithm: string | undefined, sign?: Sign): void;
}
type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;
interface Key {
	sign(data: Buffer, hash?: string): Buffer | Error;
}

const HASHES: Record<string, string> = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" }; // RFC 8332, 3

/**
 * Signs the first request of a login. ssh2 asks first whether the server would take the key, and signs then, which costs
 * a round trip; RFC 4252, 7 lets a client sign at once. Call it after `connect`.
 */
export function signAtOnce(client: Client): void {
	const { _protocol: protocol } = client as unknown as { _protocol?: Protocol };
	if (!protocol) return;
	const offer = protocol.authPK.bind(protocol);
	protocol.authPK = (user, key, algorithm, sign) => {
		const signNow: Sign = (data, done) => {
			const signature = key.sign(data, algorithm && HASHES[algorithm]);
			if (signature instanceof Error) client.emit("error", signature);
			else done(signature);
		};
		offer(user, key, algorithm, sign ?? signNow);
	};
}
