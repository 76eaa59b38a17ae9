import type { Socket } from "node:net";
import { createServer } from "node:tls";
import { listeningPort, relay } from "./listen.ts";

export interface TlsFrontOptions {
	/** Texts in PEM: what it shows of itself, and the CA of the clients that it lets in. */
	cert: string;
	key: string;
	ca: string;
	/** Clients without a certificate of that CA are refused. */
	mutual: boolean;
	/** What it speaks inside; h2 unless told. */
	protocol?: "h2" | "http/1.1";
	/** Where it listens; port 0: any free one. */
	host: string;
	port: number;
	/** Where what comes is handed on, in clear. */
	target: { host: string; port: number };
}

export interface TlsFront extends AsyncDisposable {
	port: number;
	/** Handshakes that were made to their end. */
	handshakes: number;
}

/** Ends TLS before a server that speaks HTTP in clear, as a load balancer does. */
export async function startTlsFront(options: TlsFrontOptions): Promise<TlsFront> {
	const { mutual, protocol = "h2", host, port, target, ...pem } = options;
	const trust = { requestCert: mutual, rejectUnauthorized: mutual };
	const sockets = new Set<Socket>();
	const server = createServer({ ...pem, ...trust, ALPNProtocols: [protocol], minVersion: "TLSv1.2" }, (socket) => {
		front.handshakes++;
		relay(socket, target, sockets);
	});
	const listening = await listeningPort(server, port, host);
	const front: TlsFront = {
		port: listening,
		handshakes: 0,
		async [Symbol.asyncDispose]() {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
	return front;
}
