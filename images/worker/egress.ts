import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { once } from "node:events";
import { createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect as dial, type LookupFunction, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import { promisify } from "node:util";
import { createGate, type EgressOptions, type Gate } from "./egress-gate.ts";

/** A name is resolved, and a connection made, within this many milliseconds. */
const CONNECT_TIMEOUT = 20_000;
/** Each address of a name but the last gets so long; Node's own 250 ms end connections to the other side of the world. */
const ATTEMPT_TIMEOUT = 5_000;
/** A connection on which nothing moves ends after so many milliseconds. */
const IDLE_TIMEOUT = 60_000;
const MOST_CONNECTIONS = 64;

/** A proxy on loopback that others must use. */
export interface Egress extends AsyncDisposable {
	/** For `--proxy` and http_proxy. */
	url: string;
}

const resolveAll = promisify(systemLookup);

/**
 * An HTTP proxy (RFC 9110, 9112) for plain requests and CONNECT, which lets nobody reach an address that is refused,
 * whether a name leads there, a literal or a redirect: a client that follows one asks again.
 */
export async function openEgress({
	refusal,
	maxBytes,
	onFault,
	resolve = (name) => resolveAll(name, { all: true }),
}: EgressOptions): Promise<Egress> {
	const gate = createGate({ refusal, maxBytes, onFault, resolve });
	const server = createServer((request, response) => void forward(gate, request, response));
	server.maxConnections = MOST_CONNECTIONS;
	server.on("connect", (request: IncomingMessage, client: Duplex, head: Buffer) => {
		void tunnel(gate, request.url ?? "", client, head);
	});
	const drop = droppingSockets(server);
	gate.closed.addEventListener("abort", drop);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		async [Symbol.asyncDispose]() {
			gate.close();
			server.close();
			drop();
			await once(server, "close");
		},
	};
}

/** Ends the connections that a server has when it is called. */
function droppingSockets(server: Server): () => void {
	const sockets = new Set<Socket>();
	server.on("connection", (socket: Socket) => {
		sockets.add(socket);
		socket.on("error", () => {}).on("close", () => sockets.delete(socket));
	});
	return () => sockets.forEach((socket) => socket.destroy());
}

/** What keeps a connection, or is about this hop alone (RFC 9110, 7.6.1). */
const HOP = new Set(
	"connection proxy-connection keep-alive proxy-authorization te trailer transfer-encoding upgrade".split(" "),
);
const onward = (headers: IncomingMessage["headers"]): IncomingMessage["headers"] =>
	Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.has(name)));

async function forward(gate: Gate, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const url = URL.parse(request.url ?? "");
	if (url?.protocol !== "http:" || url.username !== "")
		return refuse(response, 400, "only http addresses are forwarded");
	try {
		const target = await targetOf(gate, url);
		const { method = "GET", headers } = request;
		const path = `${url.pathname}${url.search}`;
		const options = { ...target, path, method, headers: { ...onward(headers), host: url.host } };
		const outgoing = send({ ...options, agent: false, signal: gate.closed });
		outgoing.setTimeout(IDLE_TIMEOUT, () => outgoing.destroy(new Error("nothing came for too long")));
		outgoing.on("error", (error) => refuse(response, 502, error.message));
		outgoing.on("response", (answer) => {
			response.writeHead(answer.statusCode!, onward(answer.headers));
			pipeline(answer, gate.counter(), response, () => outgoing.destroy());
		});
		pipeline(request, gate.counter(), outgoing, () => {});
	} catch (error) {
		refuse(response, 502, (error as Error).message);
	}
}

async function tunnel(gate: Gate, authority: string, client: Duplex, head: Buffer): Promise<void> {
	client.on("error", () => {});
	const url = /^[^/@?#]+:\d{1,5}$/.test(authority) ? URL.parse(`http://${authority}`) : null;
	try {
		if (!url) throw new Error("not host:port");
		const upstream = dial(await targetOf(gate, url));
		const late = setTimeout(() => upstream.destroy(new Error("no connection in time")), CONNECT_TIMEOUT);
		upstream.on("close", () => clearTimeout(late));
		const end = () => upstream.destroy();
		gate.closed.addEventListener("abort", end, { once: true });
		upstream.once("close", () => gate.closed.removeEventListener("abort", end));
		await once(upstream, "connect");
		clearTimeout(late);
		upstream.setTimeout(IDLE_TIMEOUT, () => upstream.destroy());
		client.write("HTTP/1.1 200 Connection established\r\n\r\n");
		if (head.length > 0) upstream.write(head);
		pipeline(client, gate.counter(), upstream, () => {});
		pipeline(upstream, gate.counter(), client, () => client.destroy());
	} catch (error) {
		const text = (error as Error).message;
		client.end(`HTTP/1.1 502 ${reasonOf(text)}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${text}\n`);
	}
}

/** Where to connect: the addresses are those that were checked. */
async function targetOf(
	gate: Gate,
	{ hostname, port }: URL,
): Promise<{ host: string; port: number; lookup: LookupFunction; autoSelectFamilyAttemptTimeout: number }> {
	gate.closed.throwIfAborted();
	const host = hostname.replace(/^\[|\]$/g, "");
	const late = AbortSignal.timeout(CONNECT_TIMEOUT);
	const addresses = await Promise.race([gate.addressesOf(host), once(late, "abort").then(() => [])]);
	if (addresses.length === 0) throw new Error(`${host} has no address`);
	const [{ address, family }] = addresses as [LookupAddress];
	const lookup: LookupFunction = (_name, options, done) =>
		options.all ? done(null, addresses) : done(null, address, family);
	return { host, port: Number(port || 80), lookup, autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT };
}

/** Clients print the reason of the status line alone (RFC 9112, 4). */
const reasonOf = (text: string): string => text.replaceAll(/[^\x20-\x7e]+/g, " ").slice(0, 150);

function refuse(response: ServerResponse, status: number, text: string): void {
	if (response.headersSent) response.destroy();
	else
		response.writeHead(status, reasonOf(text), { "content-type": "text/plain", connection: "close" }).end(`${text}\n`);
}
