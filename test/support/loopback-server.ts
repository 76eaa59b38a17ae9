import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A request as the server received it. */
export interface Asked {
	method: string;
	/** Path and query. */
	path: string;
	headers: IncomingHttpHeaders;
	body: Buffer;
}

export interface Reply {
	status: number;
	headers?: Record<string, string>;
	body?: string | Uint8Array;
}

/** What is answered; undefined: nothing, ever. */
export type Answer = (asked: Asked, request: IncomingMessage) => Reply | undefined;

export interface LoopbackServer {
	/** `http://127.0.0.1:<port>`, or https. */
	origin: string;
	/** `127.0.0.1:<port>` */
	host: string;
	/** Every request, the first one first. */
	asked: Asked[];
}

const tlsFile = (name: string): string => fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url));

/** PEM file of the certificate of servers with `tls`; it is its own CA. */
export const CERTIFICATE = tlsFile("certificate.pem");

/** An HTTP server on a free port of 127.0.0.1, closed when the test ends. */
export async function serve(answer: Answer, { tls = false, sendDate = true } = {}): Promise<LoopbackServer> {
	const asked: Asked[] = [];
	const listener: RequestListener = async (request, response) => {
		const { method = "", url: path = "", headers } = request;
		const one = { method, path, headers, body: await buffer(request) };
		asked.push(one);
		const reply = answer(one, request);
		if (!reply) return;
		response.sendDate = sendDate;
		if (method === "HEAD") response.setHeader("content-length", Buffer.byteLength(reply.body ?? ""));
		response.writeHead(reply.status, reply.headers).end(method === "HEAD" ? undefined : reply.body);
	};
	const server = tls
		? createTlsServer({ cert: readFileSync(CERTIFICATE), key: readFileSync(tlsFile("key.pem")) }, listener)
		: createServer(listener);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
	return { origin: `${tls ? "https" : "http"}://${host}`, host, asked };
}
