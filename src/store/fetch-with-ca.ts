import https, { Agent, request } from "node:https";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { codeOf } from "../errors/errors.ts";

/** A signed request, and the body that its signature covers. */
export type FetchSigned = (request: Request, body: string | Buffer<ArrayBuffer> | undefined) => Promise<Response>;

/**
 * HTTPS to a server whose certificate one of the CAs in `ca` (PEM) has signed, and to no other: global fetch cannot be
 * given a CA. Follows no redirect. Rejects with Node's system errors, and the reason of the request's signal.
 */
export function fetchWithCa(ca: string): FetchSigned {
	const { proxyEnv } = https.globalAgent.options as { proxyEnv?: NodeJS.ProcessEnv };
	const kept = new Agent({ keepAlive: true, ca, proxyEnv });
	const single = new Agent({ ca, proxyEnv });
	return async (signed, body) => {
		try {
			return await exchange(kept, signed, body);
		} catch (error) {
			if (!(error instanceof StaleConnection)) throw error;
			return exchange(single, signed, body);
		}
	};
}

/** The server closed a kept-alive connection just as it was used again; a new connection cannot end so. */
class StaleConnection extends Error {}

async function exchange(agent: Agent, signed: Request, body: Parameters<FetchSigned>[1]): Promise<Response> {
	const { method, url, headers, signal } = signed;
	signal.throwIfAborted();
	return new Promise((resolve, reject) => {
		// Not by Node's own signal, which lets a body that ends with its connection pass for a whole one.
		let ending: { destroy(error: Error): unknown };
		const abort = (): void => void ending.destroy(signal.reason as Error);
		signal.addEventListener("abort", abort);
		const sent = request(url, { agent, method, headers: Object.fromEntries(headers) }, (answer) => {
			ending = answer.on("close", () => signal.removeEventListener("abort", abort));
			try {
				resolve(responseOf(answer, method));
			} catch (error) {
				answer.destroy();
				reject(error as Error);
			}
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

/** @throws RangeError for a status that no Response may have: below 200 or above 599 */
function responseOf(answer: IncomingMessage, method: string): Response {
	const status = answer.statusCode!;
	const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
		values.map((value): [string, string] => [name, value]),
	);
	const isEmpty = method === "HEAD" || [204, 205, 304].includes(status);
	if (isEmpty) answer.resume();
	return new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers: pairs });
}
