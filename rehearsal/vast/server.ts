import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listenOnLoopback, type Listening } from "../listen.ts";
import { ApiError } from "./api-error.ts";
import { recordable } from "./bodies.ts";
import { ROUTES, matchRoute, type RouteName } from "./route-names.ts";
import type { FaultName } from "./faults.ts";
import type { Limiter } from "./limiter.ts";
import { HANDLERS } from "./routes.ts";
import type { World } from "./world.ts";

const BODY_LIMIT = 1_000_000;

/** A request as it came, secrets replaced. */
export interface RecordedRequest {
	method: string;
	/** With its query. */
	path: string;
	/** Undefined for what there is not, and for logs. */
	route: RouteName | undefined;
	body: unknown;
	/** Platform time of its arrival, in milliseconds. */
	at: number;
	/** 0: the connection ended without a reply. */
	status: number;
}

export interface ApiServer extends Listening {
	requests: RecordedRequest[];
}

interface Reply {
	status: number;
	body: string | object;
	headers?: Record<string, string>;
}
/** The connection ends. */
const LOST: Reply = { status: 0, body: "" };

interface ApiServerOptions {
	world: World;
	port: number;
	apiKey: string;
	/** Undefined: no limits. */
	limiter: Limiter | undefined;
	onBug: (error: unknown) => void;
}

/** The HTTP contract in front of a world, on loopback. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
	const requests: RecordedRequest[] = [];
	const server = createServer((request, response) => {
		void serve(options, requests, request, response).catch(options.onBug);
	});
	return { ...(await listenOnLoopback(server, options.port)), requests };
}

async function serve(
	options: ApiServerOptions,
	requests: RecordedRequest[],
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const { method = "GET", url: path = "/" } = request;
	const at = options.world.clock.now();
	const url = new URL(path, "http://vast");
	const body = parseOrText(await readBody(request));
	const route = matchRoute(method, url.pathname)?.route;
	const shownPath = path.replaceAll(options.apiKey, "[redacted]");
	const recorded: RecordedRequest = { method, path: shownPath, route, body: recordable(body), at, status: 0 };
	requests.push(recorded);
	const reply = await answer(options, { method, url, body, request, at });
	recorded.status = reply.status;
	send(response, reply);
}

interface Asked {
	method: string;
	url: URL;
	body: unknown;
	request: IncomingMessage;
	at: number;
}

async function answer(options: ApiServerOptions, asked: Asked): Promise<Reply> {
	const { world, apiKey, limiter, onBug } = options;
	const { method, url, request, at } = asked;
	if (url.pathname.startsWith("/log-objects/")) return logObject(world, asked);
	if (request.headers.authorization !== `Bearer ${apiKey}`)
		return fail(new ApiError(401, "auth_error", "Invalid user key"));
	const matched = matchRoute(method, url.pathname);
	if (!matched) return slashOr404(method, url);
	const { route, id } = matched;
	const threshold = limiter?.refuse(route, `${apiKey} ${request.socket.remoteAddress}`, at);
	if (threshold !== undefined) return tooFrequent(threshold);
	const happens = (name: FaultName) => world.faults.take(name, { route, ...(id ? { id } : {}) });
	const instead = replyInstead(happens, url, ROUTES[route]);
	if (instead) return instead;
	try {
		const body = await HANDLERS[route](world, { ...matched, query: url.searchParams, body: asked.body });
		return happens("reply-lost-after") ? LOST : { status: 200, body };
	} catch (error) {
		if (error instanceof ApiError) return fail(error);
		onBug(error);
		return { status: 500, body: "Internal Server Error" };
	}
}

/** Object storage: no key is needed, and one that is sent is refused. */
function logObject(world: World, { method, url, request }: Asked): Reply {
	if (method !== "GET") return { status: 405, body: "" };
	if (request.headers.authorization !== undefined)
		return { status: 400, body: "<Error><Code>InvalidArgument</Code></Error>" };
	const text = world.logs.get(url.pathname.slice("/log-objects/".length));
	if (text === undefined) return { status: 404, body: "<Error><Code>NoSuchKey</Code></Error>" };
	return { status: 200, body: text };
}

function slashOr404(method: string, { pathname, search }: URL): Reply {
	if (matchRoute(method, `${pathname}/`)) return redirect(`${pathname}/${search}`);
	return fail(new ApiError(404, "not_found", `there is no ${method} ${pathname}`));
}

const redirect = (location: string): Reply => ({ status: 301, body: "", headers: { location } });

const tooFrequent = (threshold: number): Reply => ({
	status: 429,
	body: `API requests too frequent: endpoint threshold=${threshold.toFixed(1)}`,
});

const fail = ({ status, code, message, more }: ApiError): Reply => ({
	status,
	body: { success: false, error: code, msg: message, ...more },
});

/** What a fault answers in place of the route; undefined when none happens. */
function replyInstead(happens: (name: FaultName) => boolean, url: URL, route: string): Reply | undefined {
	if (happens("rate-limited")) return tooFrequent(1);
	if (happens("bad-gateway")) return { status: 502, body: HTML("502 Bad Gateway"), headers: HTML_HEADERS };
	if (happens("unavailable")) return { status: 503, body: HTML("503 Service Unavailable"), headers: HTML_HEADERS };
	if (happens("html-body")) return { status: 200, body: HTML("Just a moment..."), headers: HTML_HEADERS };
	if (happens("redirected")) return redirect(url.pathname + url.search);
	if (happens("reply-lost-before")) return LOST;
	if (happens("success-false"))
		return { status: 200, body: { success: false, error: "failed", msg: `${route} failed` } };
	return undefined;
}

const HTML = (title: string): string => `<html><head><title>${title}</title></head><body>${title}</body></html>`;
const HTML_HEADERS = { "content-type": "text/html" };

function send(response: ServerResponse, { status, body, headers = {} }: Reply): void {
	if (status === 0) return void response.destroy();
	const isText = typeof body === "string";
	const type = { "content-type": isText ? "text/plain; charset=utf-8" : "application/json", ...headers };
	response.writeHead(status, type).end(isText ? body : JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
	let text = "";
	for await (const chunk of request) {
		text += String(chunk);
		if (text.length > BODY_LIMIT) throw new Error("a body of more than 1 MB");
	}
	return text;
}

function parseOrText(text: string): unknown {
	if (text === "") return undefined;
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}
