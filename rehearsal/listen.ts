import type { Server } from "node:http";
import { connect, type AddressInfo, type Server as AnyServer, type Socket } from "node:net";

/** A server that listens. */
export interface Listening {
	port: number;
	/** Ends its connections too. */
	close(): Promise<void>;
}

/** What listens as a server of Node does. */
type Listener = Pick<AnyServer, "once" | "listen" | "address">;

/** The port at which a server listens by now; 0 asks for any free one. Rejects when the port is taken. */
export async function listeningPort(server: Listener, port: number, host = "127.0.0.1"): Promise<number> {
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, host, () => resolve());
	});
	return (server.address() as AddressInfo).port;
}

/** Listens on loopback; port 0: any free one. Rejects when the port is taken. */
export async function listenOnLoopback(server: Server, port: number): Promise<Listening> {
	const listening = await listeningPort(server, port);
	const close = () =>
		new Promise<void>((resolve) => {
			server.close(() => resolve());
			server.closeAllConnections();
		});
	return { port: listening, close };
}

/** Leads what comes to a port; when one side ends, so does the other. Both are in `sockets` until then. */
export function relay(socket: Socket, to: { host: string; port: number }, sockets: Set<Socket>): void {
	const upstream = connect(to.port, to.host);
	const both = [socket, upstream];
	socket.pipe(upstream).pipe(socket);
	for (const one of both) {
		sockets.add(one);
		one
			.on("error", () => {})
			.once("close", () => {
				sockets.delete(one);
				for (const other of both) other.destroy();
			});
	}
}
