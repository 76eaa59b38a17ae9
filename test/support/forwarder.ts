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

/** Leads to `address` (host:port). What comes and goes is `delayMs` late, so that a round trip takes twice as much longer. */
export async function forwarderTo(address: string, delayMs = 0): Promise<Forwarder> {
	const [host, port] = address.split(":");
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		const upstream = connect(Number(port), host);
		pass(socket, upstream, delayMs);
		pass(upstream, socket, delayMs);
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

function pass(from: Socket, to: Socket, delayMs: number): void {
	if (delayMs === 0) return void from.pipe(to);
	from.on("data", (chunk) => setTimeout(() => to.write(chunk), delayMs));
	from.on("end", () => setTimeout(() => to.end(), delayMs));
}
