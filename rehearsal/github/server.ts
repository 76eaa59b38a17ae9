import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readBytes } from "../../src/system/limits.ts";
import { listenOnLoopback, type Listening } from "../listen.ts";
import { ApiError } from "./api-error.ts";
import type { FaultName } from "./faults.ts";
import { envelope, failure, limits, notAccessible, replyInstead, type Sent } from "./instead.ts";
import type { Reply, Route } from "./route.ts";
import { ROUTES } from "./routes.ts";
import type { TokenState, World } from "./state.ts";
import type { Origins } from "./wire-account.ts";

const BODY_LIMIT = 1 << 20;

/** A request as it came; of its token only whether there was one. */
export interface RecordedRequest {
	method: string;
	/** With its query. */
	path: string;
	/** Undefined: there is no such route. */
	route: string | undefined;
	authorized: boolean;
	body: unknown;
	/** 0: the connection ended without an answer. */
	status: number;
}

/** An answer of a route, whole; those that a fault makes are none. */
export interface Answered {
	route: string;
	status: number;
	body: unknown;
}

export interface ServerOptions {
	world: World;
	port: number;
	/** Where pages of issues and runs would be. */
	web: string;
	onBug(error: unknown): void;
	onAnswer?: ((answer: Answered) => void) | undefined;
}

export interface ApiServer extends Listening {
	requests: RecordedRequest[];
}

interface Asked {
	method: string;
	url: URL;
	body: unknown;
	token: string | undefined;
	ifNoneMatch: string | undefined;
}

/** GitHub's REST API in front of a world, on loopback. */
export async function startApiServer(options: ServerOptions): Promise<ApiServer> {
	const requests: RecordedRequest[] = [];
	const server = createServer((request, response) => {
		void serve(options, requests, request, response).catch((error: unknown) => {
			response.destroy();
			options.onBug(error);
		});
	});
	return { ...(await listenOnLoopback(server, options.port)), requests };
}

async function serve(
	options: ServerOptions,
	requests: RecordedRequest[],
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const { method = "GET", url: path = "/", headers } = request;
	const text = String(await readBytes(request, BODY_LIMIT));
	const asked: Asked = {
		method,
		url: new URL(path, `http://${headers.host}`),
		body: text === "" ? undefined : JSON.parse(text),
		token: /^(?:token|bearer) (.+)$/i.exec(headers.authorization ?? "")?.[1],
		ifNoneMatch: headers["if-none-match"],
	};
	const found = findRoute(method, asked.url.pathname);
	const recorded: RecordedRequest = {
		...{ method, path, route: found?.route.route, authorized: asked.token !== undefined, body: asked.body, status: 0 },
	};
	requests.push(recorded);
	const sent = await answer(options, asked, found);
	recorded.status = sent.broken === "before" ? 0 : sent.status;
	send(response, sent);
}

const MATCHERS = ROUTES.map((route) => {
	const [method, template] = route.route.split(" ") as [string, string];
	const pattern = template.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)");
	return { route, method, pattern: new RegExp(`^${pattern}$`) };
});

function findRoute(method: string, pathname: string): { route: Route; path: Record<string, string> } | undefined {
	for (const one of MATCHERS) {
		const groups = one.method === method ? one.pattern.exec(pathname) : null;
		if (!groups) continue;
		const decoded = Object.entries(groups.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]);
		return { route: one.route, path: Object.fromEntries(decoded) };
	}
	return undefined;
}

async function answer(options: ServerOptions, asked: Asked, found: ReturnType<typeof findRoute>): Promise<Sent> {
	const { world, onAnswer } = options;
	const origins: Origins = { api: asked.url.origin, web: options.web };
	const moved = movedTo(world, asked.url, origins.api);
	if (moved) return moved;
	if (!found) return failure(new ApiError(404, "Not Found"));
	const { route } = found;
	const happens = (name: FaultName) => world.faults.take(name, route.route);
	const instead = await replyInstead(happens, world);
	if (instead) return instead;
	const token = asked.token === undefined ? undefined : world.tokens.get(asked.token);
	try {
		assertAllowed(route, token);
		const reply = route.answer({ world, origins, path: found.path, query: asked.url.searchParams, body: asked.body });
		const sent = finished(reply, asked, token, world);
		onAnswer?.({ route: route.route, status: reply.status, body: reply.body });
		if (happens("reply-lost-after")) return { ...sent, broken: "before" };
		return happens("cut") ? { ...sent, broken: "middle" } : sent;
	} catch (error) {
		if (!(error instanceof ApiError)) throw error;
		const body = envelope(error);
		onAnswer?.({ route: route.route, status: error.status, body });
		return failure(error);
	}
}

/** A repository that has another name now is answered with its number, and the number with the repository. */
function movedTo(world: World, url: URL, api: string): Sent | undefined {
	const [, name, rest] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
	const renamed = world.repositories.find(({ earlier }) => name !== undefined && earlier.includes(name));
	const [, id, behind] = /^\/repositories\/(\d+)(\/.*)?$/.exec(url.pathname) ?? [];
	const numbered = world.repositories.find((one) => String(one.id) === id);
	const to = renamed
		? `/repositories/${renamed.id}${rest ?? ""}`
		: numbered && `/repos/${numbered.name}${behind ?? ""}`;
	if (to === undefined) return undefined;
	const location = `${api}${to}${url.search}`;
	return { status: renamed ? 301 : 307, headers: { location }, body: { message: "Moved Permanently", url: location } };
}

/** @throws ApiError 401 without a token that is known, 403 for one that may not */
function assertAllowed({ needs }: Route, token: TokenState | undefined): void {
	if (!token) throw new ApiError(401, "Bad credentials");
	if (needs === "" || token.permissions.includes(needs) || token.permissions.includes(needs.replace("read", "write")))
		return;
	throw notAccessible(needs);
}

function finished({ status, body, more }: Reply, asked: Asked, token: TokenState | undefined, world: World): Sent {
	const etag = `"${createHash("sha256")
		.update(JSON.stringify(body ?? null))
		.digest("hex")}"`;
	const scopes = token?.scopes ? { "x-oauth-scopes": token.scopes.join(", ") } : {};
	const headers = {
		...scopes,
		...(asked.method === "GET" ? { etag } : {}),
		...(more ? { link: nextPage(asked.url) } : {}),
	};
	if (asked.method === "GET" && asked.ifNoneMatch === etag)
		return { status: 304, headers: { ...headers, ...limits(world) } };
	world.remaining--;
	return { status, body, headers: { ...headers, ...limits(world) } };
}

function nextPage(url: URL): string {
	const next = new URL(url);
	next.searchParams.set("page", String(Number(url.searchParams.get("page") ?? 1) + 1));
	return `<${next.href}>; rel="next"`;
}

function send(response: ServerResponse, { status, body, headers = {}, broken }: Sent): void {
	if (broken === "before") return void response.destroy();
	const isText = typeof body === "string";
	const text = body === undefined ? "" : isText ? body : JSON.stringify(body);
	const type = body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
	if (broken !== "middle") return void response.writeHead(status, { ...type, ...headers }).end(text);
	response.writeHead(status, { ...type, ...headers, "content-length": String(Buffer.byteLength(text)) });
	response.write(text.slice(0, text.length / 2), () => response.destroy());
}
