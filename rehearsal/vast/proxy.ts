import { createServer, type Socket } from "node:net";
import { listeningPort, relay } from "../listen.ts";

/** The gateway's port of one contract: it stays the same for the contract's whole life. */
export interface Proxy {
	port: number;
	/** Leads new connections to a port of loopback, or nowhere. */
	point(target: number | undefined): void;
	close(): Promise<void>;
}

/** Listens on loopback; port 0 asks the kernel for one. What is behind it takes account keys only. */
export async function openProxy(port: number): Promise<Proxy> {
	let target: number | undefined;
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		if (target === undefined) return void socket.destroy();
		relay(socket, { host: "127.0.0.1", port: target }, sockets);
	});
	const listening = await listeningPort(server, port);
	const cut = () => sockets.forEach((socket) => socket.destroy());
	return {
		port: listening,
		point(to) {
			if (to !== target) cut();
			target = to;
		},
		async close() {
			cut();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
