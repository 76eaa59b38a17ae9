import type { IncomingMessage } from "node:http";
import type Docker from "dockerode";
import { linesOf, noAnswer, readBytes, stallLimit, tooLarge } from "./limits.ts";

/** How long a Docker daemon may take, and how much it may say. Milliseconds and bytes. */
export interface DockerLimits {
	/** Until an answer is whole, or a stream begins. What the daemon is told to wait for itself comes on top. */
	answerMs: number;
	/** The same for what changes something, and for whole logs: disks are slow, and giving up would leave it half done. */
	changeMs: number;
	/** Of an answer that is no stream. */
	answerBytes: number;
	/** Of a log that is read as a whole: the daemon of an instance keeps 30 MB of it. */
	logBytes: number;
	/** Without progress in a pull or push: the last step of a large layer says nothing for minutes. */
	stallMs: number;
	/** Of all events of a pull or push. */
	eventBytes: number;
}

export const DOCKER_LIMITS: DockerLimits = {
	answerMs: 60_000,
	changeMs: 600_000,
	answerBytes: 16 << 20,
	logBytes: 64 << 20,
	stallMs: 1_200_000,
	eventBytes: 512 << 20,
};

/** What docker-modem works with inside (docker-modem 5, lib/modem.js). */
interface Modem {
	buildRequest(http: { signal?: AbortSignal }, context: Context, data: unknown, done: Done): void;
	buildPayload(error: unknown, isStream: boolean, statuses: Statuses, ...rest: Payload): void;
}
type Done = (error: unknown, answer?: unknown) => void;
type Statuses = Readonly<Record<number, unknown>>;
type Payload = [openStdin: boolean, request: unknown, response: IncomingMessage, json: unknown, done: Done];
interface Context {
	path: string;
	method?: string;
	isStream?: boolean;
	/** Query of the call. */
	options?: { t?: unknown } | undefined;
}

/**
 * How Dockerode is told where a daemon is. Sockets are given by path; anything else is left to DOCKER_HOST and its
 * companions, which the library reads.
 */
export function daemonAt(address: string): { socketPath?: string } {
	const socket = /^(?:unix|npipe):\/\/(.+)$/.exec(address)?.[1];
	return socket === undefined ? {} : { socketPath: socket };
}

/**
 * Gives every call of a client its limits, whatever method makes it: a deadline, a byte limit, and the signal that the
 * call brings. A stream has the deadline until it begins. `interrupt` ends the questions that are under way when it
 * aborts: what changes something comes to its end, and going back asks again.
 */
export function limitCalls(docker: Docker, limits: DockerLimits = DOCKER_LIMITS, interrupt?: AbortSignal): void {
	const modem = docker.modem as unknown as Modem;
	const request = modem.buildRequest.bind(modem);
	const payload = modem.buildPayload.bind(modem);
	modem.buildRequest = (http, context, data, done) => {
		const most = context.path.includes("/logs") ? limits.logBytes : limits.answerBytes;
		const ending = context.method === "GET" && interrupt && !interrupt.aborted ? [interrupt] : [];
		const { signal, end } = oneEnd(timeOf(context, limits), [...ending, ...(http.signal ? [http.signal] : [])], done);
		if (signal.aborted) return;
		request({ ...http, signal }, { ...context, isStream: true }, data, (error, answer) => {
			if (error || context.isStream) return end(error, answer);
			wholeOf(answer as IncomingMessage, most, signal).then((json) => end(null, json), end);
		});
	};
	modem.buildPayload = (error, isStream, statuses, ...rest) => {
		const [openStdin, asked, response, , done] = rest;
		if (error || !isStream || statuses[response.statusCode!] === true)
			return payload(error, isStream, statuses, ...rest);
		const refused = (json: unknown) => payload(null, false, statuses, openStdin, asked, response, json, done);
		readBytes(response, limits.answerBytes).then((bytes) => refused(parsed(bytes)), done);
	};
}

/** Calls `done` once: by `end`, or with the reason of a signal, or of the deadline in `ms` milliseconds. */
function oneEnd(ms: number, signals: readonly AbortSignal[], done: Done): { signal: AbortSignal; end: Done } {
	const late = new AbortController();
	const timer = setTimeout(() => late.abort(noAnswer(ms)), ms);
	const signal = AbortSignal.any([late.signal, ...signals]);
	let isOver = false;
	const end: Done = (error, answer) => {
		if (isOver) return;
		isOver = true;
		clearTimeout(timer);
		signal.removeEventListener("abort", abort);
		if (error) done(signal.aborted ? signal.reason : error);
		else done(null, answer);
	};
	const abort = () => end(signal.reason); // a request that has no connection yet would not say so
	if (signal.aborted) abort();
	else signal.addEventListener("abort", abort, { once: true });
	return { signal, end };
}

/** Milliseconds that a call may take. */
function timeOf(context: Context, limits: DockerLimits): number {
	const isQuick = context.method === "GET" && !context.path.includes("/logs");
	return (isQuick ? limits.answerMs : limits.changeMs) + waitOf(context);
}

/** The seconds that POST /containers/{id}/stop lets pass before it kills (Docker Engine API), in milliseconds. */
const waitOf = ({ path, options }: Context): number =>
	/\/(?:stop|restart)\?/.test(path) ? (Number(options?.t) || 0) * 1_000 : 0;

/** An answer as docker-modem gives it: what its JSON says, else its bytes. */
async function wholeOf(response: IncomingMessage, most: number, signal: AbortSignal): Promise<unknown> {
	const abort = () => response.destroy(signal.reason as Error);
	signal.addEventListener("abort", abort, { once: true });
	try {
		return parsed(await readBytes(response, most));
	} finally {
		signal.removeEventListener("abort", abort);
	}
}

function parsed(bytes: Buffer): unknown {
	try {
		return (JSON.parse(bytes.toString()) as unknown) || bytes;
	} catch {
		return bytes;
	}
}

/** One line of the stream of a pull or push (Docker Engine API, POST /images/create, POST /images/{name}/push). */
export interface DaemonEvent {
	id?: string;
	status?: string;
	progressDetail?: { current?: number; total?: number };
	/** Why it failed: the daemon has answered 200 by then. */
	error?: string;
	errorDetail?: { message?: string };
}

/** More than any image has. */
const MOST_LAYERS = 1_000;

/**
 * Reads the events of a pull or push to their end; `onEvent` is called with each that says something new. What says the
 * same again and again is no progress.
 * @throws Error with the daemon's own sentence when it failed on the way, and for a stall; the reason of the abort
 */
export async function followEvents(
	stream: NodeJS.ReadableStream,
	signal: AbortSignal,
	onEvent: (event: DaemonEvent) => void,
	{ stallMs, eventBytes }: Pick<DockerLimits, "stallMs" | "eventBytes"> = DOCKER_LIMITS,
): Promise<void> {
	using stall = stallLimit(stallMs);
	const either = AbortSignal.any([signal, stall.signal]);
	const readable = stream as IncomingMessage;
	const abort = () => readable.destroy(either.reason as Error);
	either.addEventListener("abort", abort, { once: true });
	if (either.aborted) abort();
	let refusal: string | undefined;
	try {
		for await (const event of newEvents(readable, eventBytes)) {
			stall.progress();
			refusal ??= event.errorDetail?.message ?? event.error;
			onEvent(event);
		}
	} catch (error) {
		throw either.aborted ? either.reason : error;
	} finally {
		either.removeEventListener("abort", abort);
	}
	either.throwIfAborted();
	if (refusal !== undefined) throw new Error(refusal);
}

/** The events of a stream without those that say of their layer what the one before said. Rejects with tooLarge. */
async function* newEvents(stream: IncomingMessage, mostBytes: number): AsyncGenerator<DaemonEvent> {
	const last = new Map<string, string>();
	let size = 0;
	for await (const line of linesOf(stream)) {
		if ((size += line.length) > mostBytes) throw tooLarge(mostBytes);
		const event = eventIn(line);
		const id = event?.id ?? "";
		if (!event || last.get(id) === line) continue;
		if (last.size > MOST_LAYERS) last.clear();
		last.set(id, line);
		yield event;
	}
}

function eventIn(line: string): DaemonEvent | undefined {
	try {
		const value: unknown = JSON.parse(line);
		return typeof value === "object" && value !== null ? value : undefined;
	} catch {
		return undefined;
	}
}
