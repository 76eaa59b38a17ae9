import { request as requestPlain, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http";
import https, { Agent, request as requestTls } from "node:https";
import { getCACertificates } from "node:tls";
import { defined } from "../system/defined.ts";
import { noAnswer, readBytes } from "../system/limits.ts";
import { MOST_REDIRECTS, addressIn, isRedirect } from "../system/redirect.ts";

/** More than any manifest, token or error has; registries take manifests of 4 MiB (distribution-spec, "Pushing Manifests"). */
const MOST_BYTES = 4 << 20;
/** What a whole answer may take, in silences of the other side that are allowed. */
const WHOLE = 6;

export interface HttpRequest {
	method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
	url: URL;
	headers?: OutgoingHttpHeaders;
	body?: Uint8Array;
	/** Bytes that the answer may have; 4 MiB unless given. */
	most?: number;
	/** It must not be sent twice, not even when a kept-alive connection is cut under it. */
	once?: boolean;
	/** false: a redirect is the answer. */
	follow?: boolean;
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
	/** Longest silence of the other side; a whole answer may take six times as long. Milliseconds. */
	timeoutMs: number;
	/** Ends every request. */
	signal?: AbortSignal | undefined;
}

export type Send = (request: HttpRequest) => Promise<HttpReply>;

/**
 * Requests over kept-alive connections that follow redirects of reads, never from HTTPS to plain HTTP. Rejects with
 * UserError unsafe_redirect and Node's system errors: ETIMEDOUT for an answer that is late, EMSGSIZE for one that is too
 * large.
 */
export function createSend({ ca, timeoutMs, signal }: HttpOptions): Send {
	const agent = ca === undefined ? undefined : agentWith(ca);
	const once = (request: HttpRequest) => exchange(request, agent, { timeoutMs, signal });
	return async (first) => {
		let request = first;
		for (let hops = 0; ; hops++) {
			const reply = await once(request);
			const next = redirectOf(request, reply);
			if (!next || hops === MOST_REDIRECTS) return reply;
			request = next;
		}
	};
}

/** Trusts one more CA, and uses the proxy that the others use. */
function agentWith(ca: string): Agent {
	const { proxyEnv } = https.globalAgent.options as { proxyEnv?: NodeJS.ProcessEnv };
	const options = { keepAlive: true, ca: [...getCACertificates(), ca], proxyEnv };
	return new Agent(options);
}

function redirectOf(request: HttpRequest, { status, headers }: HttpReply): HttpRequest | undefined {
	const { method, follow = true } = request;
	const isRead = method === "GET" || method === "HEAD";
	if (!isRead || !follow || !isRedirect(status) || !headers.location) return undefined;
	const url = addressIn(request.url, headers.location);
	const { authorization, ...open } = request.headers ?? {};
	// a registry hands blobs out by signed storage addresses: its credential stays with it
	return { ...request, url, headers: url.origin === request.url.origin ? { ...open, authorization } : open };
}

function exchange(
	request: HttpRequest,
	agent: Agent | undefined,
	limits: Pick<HttpOptions, "timeoutMs" | "signal">,
): Promise<HttpReply> {
	const { method, url, headers, body, most = MOST_BYTES, once = false } = request;
	const { timeoutMs, signal } = limits;
	const secure = url.protocol === "https:";
	return new Promise((resolve, reject) => {
		const options = {
			method,
			headers: defined(headers ?? {}),
			...(signal ? { signal } : {}),
			...(secure && agent ? { agent } : {}),
		};
		const sent = (secure ? requestTls : requestPlain)(url, options, (response) => {
			readBytes(response, most)
				.then(
					(content) => resolve({ status: response.statusCode!, headers: response.headers, body: content, url }),
					(error: unknown) => fail(error),
				)
				.finally(() => clearTimeout(timer));
		});
		let late: Error | undefined;
		const stop = (ms: number) => sent.destroy((late = noAnswer(ms)));
		const timer = setTimeout(stop, WHOLE * timeoutMs, WHOLE * timeoutMs);
		sent.setTimeout(timeoutMs, () => stop(timeoutMs));
		const fail = (error: unknown) => {
			clearTimeout(timer);
			reject(signal?.aborted ? signal.reason : (late ?? error));
		};
		sent.on("error", (error: NodeJS.ErrnoException) => {
			// the server closed a kept-alive connection just as it was used again
			if (once || !sent.reusedSocket || error.code !== "ECONNRESET" || late) return fail(error);
			clearTimeout(timer);
			exchange(request, agent, limits).then(resolve, reject);
		});
		sent.end(body);
	});
}
