import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { z } from "zod";
import { messageOf } from "../src/errors/errors.ts";
import { readBytes } from "../src/system/limits.ts";
import { listenOnLoopback, type Listening } from "./listen.ts";

/** More than any request has. */
const MOST_BYTES = 1 << 20;

/** What is done to a double for a method and path, such as `PUT /faults`. */
export type ControlRoutes<D> = Readonly<Record<string, (double: D, body: unknown) => unknown>>;

type FindControl = (asked: string) => ((body: unknown) => unknown) | undefined;

/**
 * What steers a double that runs in another process. On loopback, for who has the `token`: a web page in a browser of
 * this machine reaches loopback too.
 */
export async function serveControl<D>(
	routes: ControlRoutes<D>,
	double: D,
	{ port, token }: { port: number; token: string },
): Promise<Listening> {
	const find: FindControl = (asked) => {
		const route = Object.hasOwn(routes, asked) ? routes[asked] : undefined;
		return route && ((body) => route(double, body));
	};
	const server = createServer((request, response) => void serve(find, token, request, response));
	return listenOnLoopback(server, port);
}

/** Why a request is not let in; undefined: it is. A browser sends a text/plain POST to any origin without asking it. */
function refusalOf({ headers, method }: IncomingMessage, token: string): [status: number, why: string] | undefined {
	if (headers.origin !== undefined) return [403, "no web page steers the simulator"];
	if (!isSame(headers.authorization ?? "", `Bearer ${token}`))
		return [401, "Authorization: Bearer <the account's key> is missing"];
	const isJson = (headers["content-type"] ?? "").split(";")[0]!.trim() === "application/json";
	if (method !== "GET" && !isJson) return [415, "content-type: application/json is missing"];
	return undefined;
}

/** Takes as long whatever differs. */
function isSame(one: string, other: string): boolean {
	const [a, b] = [one, other].map((text) => createHash("sha256").update(text).digest());
	return timingSafeEqual(a!, b!);
}

async function serve(
	find: FindControl,
	token: string,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const send = (status: number, body: unknown) =>
		void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
	try {
		const refusal = refusalOf(request, token);
		if (refusal) return send(refusal[0], { error: refusal[1] });
		const text = String(await readBytes(request, MOST_BYTES));
		const asked = `${request.method} ${request.url}`;
		const control = find(asked);
		if (!control) return send(404, { error: `there is no ${asked}` });
		send(200, await control(text === "" ? undefined : JSON.parse(text)));
	} catch (error) {
		send(400, { error: error instanceof z.ZodError ? faultsIn(error) : messageOf(error) });
	}
}

const faultsIn = ({ issues }: z.ZodError): string =>
	issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
