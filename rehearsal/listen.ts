import type { Server } from "node:http";

/** A server that listens. */
export interface Listening {
	port: number;
	/** Ends its connections too. */
	close(): Promise<void>;
}

/** Listens on loopback; port 0: any free one. Rejects when the port is taken. */
export async function listenOnLoopback(server: Server, port: number): Promise<Listening> {
	await new Promise<void>((resolve, reject) => {
		server.once("error", reject);
		server.listen(port, "127.0.0.1", () => resolve());
	});
	const close = () =>
		new Promise<void>((resolve) => {
			server.close(() => resolve());
			server.closeAllConnections();
		});
	return { port: (server.address() as { port: number }).port, close };
}
