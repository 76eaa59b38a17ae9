import { readFileSync } from "node:fs";
import { connect, type AddressInfo } from "node:net";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";

const tlsFile = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

/** PEM files: a CA, a certificate that it signed for localhost, temporal.test and 127.0.0.1, and its private key. */
export const TLS_FILES = {
	ca: tlsFile("ca.pem"),
	certificate: tlsFile("signed.pem"),
	key: tlsFile("signed-key.pem"),
} as const;

interface TlsFront extends AsyncDisposable {
	port: number;
	/** Handshakes that were made to their end. */
	handshakes: number;
}

/** Ends TLS before a server that speaks in clear, as a load balancer does. `mutual`: clients must prove themselves. */
export async function tlsFront(
	target: string,
	{ mutual = false, host = "127.0.0.1", protocol = "h2" } = {},
): Promise<TlsFront> {
	const [targetHost, targetPort] = target.split(":");
	const [ca, cert, key] = [TLS_FILES.ca, TLS_FILES.certificate, TLS_FILES.key].map((path) => readFileSync(path));
	const trust = { ca, requestCert: mutual, rejectUnauthorized: mutual };
	const sockets = new Set<{ destroy(): unknown }>();
	const server = createServer({ cert: cert!, key: key!, ...trust, ALPNProtocols: [protocol] }, (socket) => {
		front.handshakes++;
		const upstream = connect(Number(targetPort), targetHost);
		socket.pipe(upstream).pipe(socket);
		for (const one of [socket, upstream]) {
			sockets.add(one);
			one.on("error", () => {}).on("close", () => [socket, upstream].forEach((other) => other.destroy()));
		}
	});
	await new Promise<void>((resolve) => server.listen(0, host, resolve));
	const front: TlsFront = {
		port: (server.address() as AddressInfo).port,
		handshakes: 0,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return front;
}
