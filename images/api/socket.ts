import { setTimeout as delay } from "node:timers/promises";
import type { WebSocket } from "@fastify/websocket";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Log } from "../runtime/logger.ts";

/** Bytes of one message. */
export const LARGEST_MESSAGE = 64 * 1024;
/** Milliseconds between two looks at what a socket tells. */
const LOOK_EVERY = 5_000;
/** RFC 6455, 7.4.1. */
const UNSUPPORTED = 1003;
const FAILED = 1011;

const messageSchema = z.object({ type: z.literal("ping"), id: z.union([z.string().max(200), z.number()]).optional() });

export interface SocketOptions {
	module: string;
	snapshot: () => Promise<object>;
	log: Log;
}

/**
 * GET /ws: a WebSocket (RFC 6455) that sends `{type: "state", module, state}` on connecting and after each change, and
 * answers `{type: "ping", id?}` with `{type: "pong", id?}`. Anything else ends it.
 */
export function socketRoute(app: FastifyInstance, { module, snapshot, log }: SocketOptions): void {
	app.get("/ws", { websocket: true, schema: { hide: true } }, (socket) => {
		const closed = new AbortController();
		socket.on("close", () => closed.abort());
		socket.on("error", () => socket.terminate());
		socket.on("message", (data: Buffer, isBinary: boolean) => answer(socket, isBinary ? undefined : data.toString()));
		void telling(socket, { module, snapshot, log }, closed.signal);
	});
}

function answer(socket: WebSocket, text: string | undefined): void {
	const { data } = messageSchema.safeParse(jsonOf(text));
	if (data) socket.send(JSON.stringify({ ...data, type: "pong" }));
	else socket.close(UNSUPPORTED, 'expected {"type":"ping"}');
}

function jsonOf(text: string | undefined): unknown {
	try {
		return text === undefined ? undefined : JSON.parse(text);
	} catch {
		return undefined;
	}
}

async function telling(socket: WebSocket, options: SocketOptions, signal: AbortSignal): Promise<void> {
	const { module, snapshot, log } = options;
	try {
		for (let last = ""; !signal.aborted; await delay(LOOK_EVERY, undefined, { signal, ref: false })) {
			const text = JSON.stringify({ type: "state", module, state: await snapshot() });
			if (text !== last && !signal.aborted) socket.send(text);
			last = text;
		}
	} catch (error) {
		if (signal.aborted) return;
		log("ERROR", "a socket failed", { module, error });
		socket.close(FAILED);
	}
}
