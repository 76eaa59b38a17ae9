import { connect, createServer, type Socket } from "node:net";

/** A TCP port that leads somewhere else. */
interface Forwarder extends AsyncDisposable {
	/** host:port */
	address: string;
	/** Cuts every connection; new ones are let through. */
	drop(): void;
	/** Cuts every connection and takes no more. */
	close(): void;
}

/** Leads to `address` (host:port). */
export async function forwarderTo(address: string): Promise<Forwarder> {
	const [host, port] = address.split(":");
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		const upstream = connect(Number(port), host);
		socket.pipe(upstream).pipe(socket);
		for (const one of [socket, upstream]) {
			sockets.add(one);
			one.on("error", () => {}).once("close", () => [socket, upstream].forEach((other) => other.destroy()));
		}
	}).listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	const drop = () => {
		for (const socket of sockets) socket.destroy();
	};
	const close = () => {
		server.close();
		drop();
	};
	const own = `127.0.0.1:${(server.address() as { port: number }).port}`;
	return { address: own, drop, close, [Symbol.asyncDispose]: async () => close() };
}
