import type { Client } from "ssh2";

/** What ssh2 1.17 (pinned exactly) does to log in: `lib/protocol/Protocol.js`, service and authPK. */
interface Protocol {
	service(name: string): void;
	authPK(user: string, key: Key, algorithm: string | undefined, sign?: Sign): void;
	_handlers: { SERVICE_ACCEPT: (protocol: Protocol, service: string) => void };
}
type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;
interface Key {
	sign(data: Buffer, hash?: string): Buffer | Error;
}

const HASHES: Record<string, string> = { "rsa-sha2-256": "sha256", "rsa-sha2-512": "sha512" }; // RFC 8332, 3

/**
 * Spares two round trips of ssh2's login. It asks for the service and waits before it sends the first request, which a
 * server that refuses the service never reads (RFC 4253, 10: it disconnects); and it asks whether the server would take
 * the key before it signs, where RFC 4252, 7 lets a client sign at once. Call it after `connect`.
 * @param keyType as in the key file; what a server takes of an RSA key it tells only before it accepts the service
 */
export function logInAtOnce(client: Client, keyType: string | undefined): void {
	const { _protocol: protocol } = client as unknown as { _protocol?: Protocol };
	if (!protocol) return;
	if (keyType !== "ssh-rsa") requestAtOnce(protocol);
	signAtOnce(protocol, client);
}

function requestAtOnce(protocol: Protocol): void {
	const ask = protocol.service.bind(protocol);
	const { SERVICE_ACCEPT: accepted } = protocol._handlers;
	protocol._handlers.SERVICE_ACCEPT = () => {};
	protocol.service = (name) => {
		ask(name);
		accepted(protocol, name);
	};
}

function signAtOnce(protocol: Protocol, client: Client): void {
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
