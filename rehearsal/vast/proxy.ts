import { connect, createServer, type Socket } from "node:net";

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
		const upstream = connect(target, "127.0.0.1");
		socket.pipe(upstream).pipe(socket);
		for (const one of [socket, upstream]) {
			sockets.add(one);
			one
				.on("error", () => {})
				.once("close", () => {
					sockets.delete(one);
					socket.destroy();
					upstream.destroy();
				});
		}
	});
	await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
	const cut = () => sockets.forEach((socket) => socket.destroy());
	return {
		port: (server.address() as { port: number }).port,
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
