import { createHash } from "node:crypto";
import { fastify, type FastifyError, type FastifyReply, type FastifyRequest, type HTTPMethods } from "fastify";
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
	/** Parts of the path of a route, decoded. */
	path: Readonly<Record<string, string>>;
	body: unknown;
	token: string | undefined;
	ifNoneMatch: string | undefined;
}

/** GitHub's REST API in front of a world, on loopback. */
export async function startApiServer(options: ServerOptions): Promise<ApiServer> {
	const requests: RecordedRequest[] = [];
	const app = fastify({ bodyLimit: BODY_LIMIT, exposeHeadRoutes: false });
	for (const route of ROUTES) {
		const [method, template] = route.route.split(" ") as [HTTPMethods, string];
		app.route({ method, url: template.replaceAll(/\{(\w+)\}/g, ":$1"), handler: serve(options, requests, route) });
	}
	app.setNotFoundHandler(serve(options, requests, undefined));
	app.setErrorHandler(async (error: FastifyError, _request, reply) => {
		if (error.statusCode === 400) return send(reply, failure(new ApiError(400, "Problems parsing JSON")));
		options.onBug(error);
		reply.hijack().raw.destroy();
	});
	await app.ready();
	return { ...(await listenOnLoopback(app.server, options.port)), requests };
}

/** Answers the calls of a route, undefined for those of none, and records them. */
function serve(options: ServerOptions, requests: RecordedRequest[], route: Route | undefined) {
	return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
		const { method, url: path, headers } = request;
		const asked: Asked = {
			method,
			url: new URL(path, `http://${headers.host}`),
			path: request.params as Record<string, string>,
			body: request.body,
			token: /^(?:token|bearer) (.+)$/i.exec(headers.authorization ?? "")?.[1],
			ifNoneMatch: headers["if-none-match"],
		};
		const recorded: RecordedRequest = {
			...{ method, path, route: route?.route, authorized: asked.token !== undefined, body: asked.body, status: 0 },
		};
		requests.push(recorded);
		const sent = await answer(options, asked, route);
		recorded.status = sent.broken === "before" ? 0 : sent.status;
		return send(reply, sent);
	};
}

async function answer(options: ServerOptions, asked: Asked, route: Route | undefined): Promise<Sent> {
	const { world, onAnswer } = options;
	const origins: Origins = { api: asked.url.origin, web: options.web };
	const moved = movedTo(world, asked.url, origins.api);
	if (moved) return moved;
	if (!route) return failure(new ApiError(404, "Not Found"));
	const happens = (name: FaultName) => world.faults.take(name, route.route);
	const instead = await replyInstead(happens, world);
	if (instead) return instead;
	const token = asked.token === undefined ? undefined : world.tokens.get(asked.token);
	try {
		assertAllowed(route, token);
		const reply = route.answer({ world, origins, path: asked.path, query: asked.url.searchParams, body: asked.body });
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

async function send(reply: FastifyReply, { status, body, headers = {}, broken }: Sent): Promise<void> {
	if (broken === "before") return void reply.hijack().raw.destroy();
	const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
	const type = body === undefined ? {} : { "content-type": "application/json; charset=utf-8" };
	if (broken !== "middle")
		return reply
			.code(status)
			.headers({ ...type, ...headers })
			.send(text);
	const { raw } = reply.hijack();
	raw.writeHead(status, { ...type, ...headers, "content-length": String(Buffer.byteLength(text)) });
	raw.write(text.slice(0, text.length / 2), () => raw.destroy());
}
