import { createHash, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What may be asked of a supervisor: `GET /status`, `POST /stop`, `POST /restart`. */
export type Routes = Readonly<Record<string, (query: URLSearchParams) => Promise<unknown>>>;

/** Listens on a loopback port of its own; only who knows the token is answered. */
export async function listenForControl(token: string, routes: Routes): Promise<{ server: Server; port: number }> {
	const expected = createHash("sha256").update(token).digest();
	const isKnown = (request: IncomingMessage): boolean => {
		const given = request.headers.authorization?.replace(/^Bearer /, "") ?? "";
		return timingSafeEqual(createHash("sha256").update(given).digest(), expected);
	};
	const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, (request, response) => {
		request.resume();
		if (!isKnown(request)) return answer(response, 401, { error: "a wrong token" });
		const { pathname, searchParams } = new URL(request.url ?? "/", "http://supervisor");
		const route = routes[`${request.method} ${pathname}`];
		if (!route) return answer(response, 404, { error: "no such route" });
		void route(searchParams).then(
			(value) => answer(response, 200, value),
			(error: unknown) => answer(response, 500, { error: error instanceof Error ? error.message : String(error) }),
		);
	});
	server.listen({ host: "127.0.0.1", port: 0 });
	await once(server, "listening");
	return { server, port: (server.address() as AddressInfo).port };
}

function answer(response: ServerResponse, status: number, value: unknown): void {
	response.writeHead(status, { "content-type": "application/json", connection: "close" });
	response.end(JSON.stringify(value ?? {}));
}
