import http, { type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import https from "node:https";
import { codeOf } from "../errors/errors.ts";

/** A signed request; `body` is what its signature covers. */
export interface StoreRequest {
	url: URL;
	method: string;
	headers: OutgoingHttpHeaders;
	body: string | Buffer;
	signal: AbortSignal;
}

/** Sends a request and gives its answer, whose body is read or destroyed by the caller. */
export type Exchange = (request: StoreRequest) => Promise<IncomingMessage>;

/**
 * HTTP or HTTPS over kept-alive connections, by the proxy of the environment. With `ca` (PEM) the server's certificate
 * must be signed by one of its CAs, and by no other. Follows no redirect. Rejects with Node's system errors, and the
 * reason of the request's signal, which ends the body too. Global fetch cannot be given a CA, and loads much that
 * a look at a bucket does not need.
 */
export function createExchange(secure: boolean, ca: string | undefined): Exchange {
	const { proxyEnv } = https.globalAgent.options as { proxyEnv?: NodeJS.ProcessEnv };
	const { Agent } = secure ? https : http;
	const options = { proxyEnv, ...(ca === undefined ? {} : { ca }) };
	const kept = new Agent({ ...options, keepAlive: true });
	const single = new Agent(options);
	return async (request) => {
		try {
			return await exchange(kept, request);
		} catch (error) {
			if (!(error instanceof StaleConnection)) throw error;
			return exchange(single, request);
		}
	};
}

/** The server closed a kept-alive connection just as it was used again; a new connection cannot end so. */
class StaleConnection extends Error {}

async function exchange(agent: http.Agent, request: StoreRequest): Promise<IncomingMessage> {
	const { url, method, headers, body, signal } = request;
	signal.throwIfAborted();
	return new Promise((resolve, reject) => {
		// Not by Node's own signal, which lets a body that ends with its connection pass for a whole one.
		let ending: { destroy(error: Error): unknown };
		const abort = (): void => void ending.destroy(signal.reason as Error);
		signal.addEventListener("abort", abort);
		const send = url.protocol === "https:" ? https.request : http.request;
		const sent = send(url, { agent, method, headers }, (answer) => {
			ending = answer.on("close", () => signal.removeEventListener("abort", abort));
			resolve(answer);
		});
		ending = sent;
		sent.on("error", (error) => {
			signal.removeEventListener("abort", abort);
			if (signal.aborted) return reject(signal.reason as Error);
			reject(sent.reusedSocket && codeOf(error) === "ECONNRESET" ? new StaleConnection() : error);
		});
		sent.end(body);
	});
}
