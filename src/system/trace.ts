import { channel, subscribe } from "node:diagnostics_channel";
import type { ClientRequest, IncomingMessage } from "node:http";

/** One question to something outside of this process, answered or not. */
export interface Asked {
	/** Host, instance or program. */
	whom: string;
	/** Without the query of an address: it may hold a signature. */
	what: string;
	/** A status, an exit code, or what went wrong. */
	outcome: string;
	/** From the question to the beginning of the answer, in milliseconds. */
	ms: number;
}

const asked = channel("cres.asked");

/** Tells `onAsked` of what is no HTTP; costs nothing while nobody listens. */
export async function traced<T>(
	{ whom, what }: Pick<Asked, "whom" | "what">,
	work: () => Promise<T>,
	outcomeOf: (value: T) => string = () => "ok",
): Promise<T> {
	if (!asked.hasSubscribers) return work();
	const started = performance.now();
	const tell = (outcome: string) => asked.publish({ whom, what, outcome, ms: performance.now() - started });
	try {
		const value = await work();
		tell(outcomeOf(value));
		return value;
	} catch (error) {
		tell(error instanceof Error ? error.message : String(error));
		throw error;
	}
}

/** Calls `listener` for every question from now on: programs, ssh, HTTP and gRPC. */
export function onAsked(listener: (one: Asked) => void): void {
	subscribe("cres.asked", (message) => listener(message as Asked));
	const pending = new WeakMap<object, { whom: string; what: string; started: number }>();
	const begin: Begin = (key, whom, what) =>
		void pending.set(key, { whom, what: what.split("?")[0]!, started: performance.now() });
	const end: End = (key, outcome) => {
		const found = pending.get(key);
		if (!found) return;
		pending.delete(key);
		listener({ whom: found.whom, what: found.what, outcome, ms: performance.now() - found.started });
	};
	ofNodeHttp(begin, end);
	ofFetch(begin, end);
	ofHttp2(begin, end);
}

type Begin = (key: object, whom: string, what: string) => void;
type End = (key: object, outcome: string) => void;

const on = <T extends object>(name: string, handle: (message: T) => void) =>
	subscribe(name, (message) => handle(message as T));

/** What node:http tells (nodejs.org/api/diagnostics_channel.html). */
function ofNodeHttp(begin: Begin, end: End): void {
	on<{ request: ClientRequest }>("http.client.request.start", ({ request }) =>
		begin(request, String(request.getHeader("host") ?? request.host), `${request.method} ${request.path}`),
	);
	on<{ request: object; response: IncomingMessage }>("http.client.response.finish", ({ request, response }) =>
		end(request, String(response.statusCode)),
	);
	on<{ request: object; error: Error }>("http.client.request.error", ({ request, error }) =>
		end(request, error.message),
	);
}

/** What fetch tells (undici.nodejs.org, DiagnosticsChannel). */
function ofFetch(begin: Begin, end: End): void {
	on<{ request: { origin: string; method: string; path: string } }>("undici:request:create", ({ request }) =>
		begin(request, new URL(request.origin).host, `${request.method} ${request.path}`),
	);
	on<{ request: object; response: { statusCode: number } }>("undici:request:headers", ({ request, response }) =>
		end(request, String(response.statusCode)),
	);
	on<{ request: object; error: Error }>("undici:request:error", ({ request, error }) => end(request, error.message));
}

/** What node:http2, and so gRPC, tells. */
function ofHttp2(begin: Begin, end: End): void {
	on<{ stream: object; headers: Record<string, string> }>("http2.client.stream.created", ({ stream, headers }) =>
		begin(stream, headers[":authority"] ?? "gRPC", (headers[":path"] ?? "").split("/").at(-1)!),
	);
	on<{ stream: object }>("http2.client.stream.finish", ({ stream }) => end(stream, "answered"));
	on<{ stream: object; error: Error }>("http2.client.stream.error", ({ stream, error }) => end(stream, error.message));
	on<{ stream: object }>("http2.client.stream.close", ({ stream }) => end(stream, "closed"));
}
