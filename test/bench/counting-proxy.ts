import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Stands before a server on loopback and counts what passes. */
export interface CountingProxy {
	/** `127.0.0.1:port` */
	address: string;
	/** Bytes that clients have sent to the server since the last call, HTTP headers included. */
	taken(): number;
	close(): Promise<void>;
}

export async function countingProxy(serverPort: number, port: number): Promise<CountingProxy> {
	let sent = 0;
	const open = new Set<Socket>();
	const server = createServer((client) => {
		const upstream = connect(serverPort, "127.0.0.1");
		client.on("data", (chunk) => (sent += chunk.length));
		client.pipe(upstream).pipe(client);
		for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
			open.add(one);
			one.once("error", () => other.destroy()).once("close", () => open.delete(one) && other.destroy());
		}
	});
	await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", () => resolve()));
	return {
		address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
		taken() {
			const taken = sent;
			sent = 0;
			return taken;
		},
		close: () =>
			new Promise((resolve) => {
				server.close(() => resolve());
				for (const socket of open) socket.destroy();
			}),
	};
}
