import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a request meets, in the order of the requests; then the server behaves. */
interface Misbehaviour {
	/** Closes the connection after so many bytes of the body. */
	cutAfter?: number;
	/** Sends so many bytes and then nothing more. */
	stallAfter?: number;
	/** Answers this status instead. */
	status?: number;
	ignoresRange?: boolean;
	/** Done before it answers. */
	before?: () => Promise<void>;
}

/** A web server with files, that counts what it sends. */
export interface FileServer {
	url: string;
	files: Map<string, Buffer>;
	next: Misbehaviour[];
	/** Bytes of bodies that were handed to the connection. */
	sent: number;
	/** `path range` of each request. */
	requests: string[];
	close(): Promise<void>;
}

export async function startFileServer(): Promise<FileServer> {
	const server = createServer((request, response) => void answer(held, request, response));
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const held: FileServer = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		files: new Map(),
		next: [],
		sent: 0,
		requests: [],
		async close() {
			server.closeAllConnections();
			await once(server.close(), "close");
		},
	};
	return held;
}

async function answer(held: FileServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const { range } = request.headers;
	held.requests.push(`${request.url} ${range ?? "whole"}`);
	const how = held.next.shift() ?? {};
	await how.before?.();
	const file = held.files.get(request.url!.slice(1));
	if (how.status !== undefined || !file) return void response.writeHead(how.status ?? 404).end();
	const from = range === undefined || how.ignoresRange ? 0 : Number(/^bytes=(\d+)-$/.exec(range)![1]);
	const body = file.subarray(from);
	const partial = from > 0 ? { "content-range": `bytes ${from}-${file.length - 1}/${file.length}` } : {};
	response.writeHead(from > 0 ? 206 : 200, { "content-length": body.length, ...partial });
	const stop = how.cutAfter ?? how.stallAfter;
	const piece = body.subarray(0, stop);
	held.sent += piece.length;
	if (stop === undefined) return void response.end(piece);
	response.write(piece, () => {
		// The kernel still has to send them.
		if (how.cutAfter !== undefined) setTimeout(() => response.destroy(), 50);
	});
}

export const sha256 = (content: Buffer | string): string => createHash("sha256").update(content).digest("hex");
