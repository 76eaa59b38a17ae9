import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** Open until it is disposed of. */
export interface WebServer extends AsyncDisposable {
	/** `http://127.0.0.1:<port>` */
	origin: string;
}

/** A web server on loopback, at a port of its own. */
export async function serve(listener: RequestListener): Promise<WebServer> {
	const server = createServer(listener).listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}
