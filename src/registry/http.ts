import { request as requestPlain, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import { Agent, request as requestTls } from "node:https";
import { buffer } from "node:stream/consumers";
import { getCACertificates } from "node:tls";
import { addressIn, isRedirect } from "../system/redirect.ts";

const MAX_REDIRECTS = 5;

export interface HttpRequest {
	method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
	url: URL;
	headers?: OutgoingHttpHeaders;
	body?: Uint8Array;
}

export interface HttpReply {
	status: number;
	headers: IncomingHttpHeaders;
	body: Buffer;
	/** Where the reply came from, after redirects. */
	url: URL;
}

export interface HttpOptions {
	/** PEM text of one more CA; global fetch cannot be given one. */
	ca?: string | undefined;
	/** Longest silence of the other side. */
	timeoutMs: number;
}

export type Send = (request: HttpRequest) => Promise<HttpReply>;

/**
 * Requests over kept-alive connections that follow redirects of reads, never from HTTPS to plain HTTP.
 * Rejects with Node's system errors and UserError unsafe_redirect.
 */
export function createSend({ ca, timeoutMs }: HttpOptions): Send {
	const agent = ca === undefined ? undefined : new Agent({ keepAlive: true, ca: [...getCACertificates(), ca] });
	const once = (request: HttpRequest) => exchange(request, agent, timeoutMs);
	return async (first) => {
		let request = first;
		for (let hops = 0; ; hops++) {
			const reply = await once(request);
			const next = redirectOf(request, reply);
			if (!next || hops === MAX_REDIRECTS) return reply;
			request = next;
		}
	};
}

function redirectOf(request: HttpRequest, { status, headers }: HttpReply): HttpRequest | undefined {
	const isRead = request.method === "GET" || request.method === "HEAD";
	if (!isRead || !isRedirect(status) || !headers.location) return undefined;
	const url = addressIn(request.url, headers.location);
	const { authorization, ...open } = request.headers ?? {};
	// a registry hands blobs out by signed storage addresses: its credential stays with it
	return { ...request, url, headers: url.origin === request.url.origin ? { ...open, authorization } : open };
}

function exchange(request: HttpRequest, agent: Agent | undefined, timeoutMs: number): Promise<HttpReply> {
	const { method, url, headers, body } = request;
	const secure = url.protocol === "https:";
	return new Promise((resolve, reject) => {
		const options = {
			method,
			headers: defined(headers),
			...(secure && agent ? { agent } : {}),
		};
		const sent = (secure ? requestTls : requestPlain)(url, options, (response) => {
			buffer(response).then(
				(content) => resolve({ status: response.statusCode!, headers: response.headers, body: content, url }),
				reject,
			);
		});
		sent.setTimeout(timeoutMs, () =>
			sent.destroy(Object.assign(new Error(`no answer in ${timeoutMs / 1000} s`), { code: "ETIMEDOUT" })),
		);
		sent.on("error", (error: NodeJS.ErrnoException) => {
			// the server closed a kept-alive connection just as it was used again
			if (sent.reusedSocket && error.code === "ECONNRESET") exchange(request, agent, timeoutMs).then(resolve, reject);
			else reject(error);
		});
		sent.end(body);
	});
}

const defined = (headers: OutgoingHttpHeaders = {}): OutgoingHttpHeaders =>
	Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
