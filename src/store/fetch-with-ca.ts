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
	const options = { keepAlive: true, ca, proxyEnv };
	const agent = new Agent(options);
	return (signed, body) => exchange(agent, signed, body);
}

function exchange(agent: Agent, signed: Request, body: Parameters<FetchSigned>[1]): Promise<Response> {
	const { method, url, headers, signal } = signed;
	return new Promise((resolve, reject) => {
		const sent = request(url, { agent, method, headers: Object.fromEntries(headers), signal }, (answer) =>
			resolve(responseOf(answer, method)),
		);
		sent.on("error", (error) => {
			if (signal.aborted) return reject(signal.reason as Error);
			// the server closed a kept-alive connection just as it was used again
			if (sent.reusedSocket && codeOf(error) === "ECONNRESET")
				return exchange(agent, signed, body).then(resolve, reject);
			reject(error);
		});
		sent.end(body);
	});
}

function responseOf(answer: IncomingMessage, method: string): Response {
	const status = answer.statusCode!;
	const pairs = Object.entries(answer.headersDistinct).flatMap(([name, values = []]) =>
		values.map((value): [string, string] => [name, value]),
	);
	const isEmpty = method === "HEAD" || [204, 205, 304].includes(status);
	if (isEmpty) answer.resume();
	return new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), { status, headers: pairs });
}
