import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { UserError } from "../../src/errors/errors.ts";
import type { SshSession } from "../../src/instances/ssh/session.ts";

/** One request to the Docker Engine API. */
interface Asked {
	/** `POST /containers/create` */
	call: string;
	query: URLSearchParams;
	headers: IncomingHttpHeaders;
	body: Record<string, unknown>;
}

type Reply = [status: number, body?: unknown];

/** The HTTP API of a Docker daemon on a unix socket, whose answers a test gives. */
export interface DockerEngine extends AsyncDisposable {
	asked: Asked[];
	/** By call; whatever is not there is answered with 404. */
	replies: Record<string, Reply | ((asked: Asked) => Reply)>;
	/** Answers that are written piece by piece. */
	streams: Record<string, (response: ServerResponse) => void>;
	/** What a program does with the connection that its start was answered with. */
	program: (connection: Duplex) => void;
	/** Connections that were opened. */
	connections: number;
	socket: string;
	/** What `df` leaves on the host. */
	df: { exitCode: number; stdout: string; stderr: string };
	/** Programs that were run on the host. */
	ran: (readonly string[])[];
	session: SshSession;
	/** The ssh connection breaks, and every channel with it. */
	lose(): void;
	/** The ssh connection was closed by cres. */
	closed: boolean;
}

export async function startDockerEngine(): Promise<DockerEngine> {
	const folder = await mkdtemp(join(tmpdir(), "cres-engine-"));
	const sockets = new Set<Socket>();
	const server = createServer((request, response) => void answer(engine, request, response));
	server.on("connection", (one: Socket) => {
		engine.connections++;
		sockets.add(one.on("error", () => {}));
	});
	server.on("upgrade", (request, connection) => {
		engine.asked.push(askedOf(request, ""));
		connection.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
		engine.program(connection);
	});
	const socket = join(folder, "docker.sock");
	const engine: DockerEngine = {
		...{ asked: [], replies: {}, streams: {}, program: (connection) => connection.end(), connections: 0, socket },
		...{ df: { exitCode: 0, stdout: "Avail\n12345\n", stderr: "" }, ran: [], closed: false },
		...sessionTo(() => engine),
		async [Symbol.asyncDispose]() {
			for (const one of sockets) one.destroy();
			await new Promise((resolve) => server.close(resolve));
			await rm(folder, { recursive: true, force: true });
		},
	};
	server.listen(socket);
	await once(server, "listening");
	return engine;
}

/** An ssh connection to the engine's host, as far as it is needed. */
function sessionTo(engine: () => DockerEngine): Pick<DockerEngine, "session" | "lose"> {
	const channels = new Set<Socket>();
	const listeners: ((error: UserError) => void)[] = [];
	const lost = new UserError("connection_lost", "the connection was lost");
	let isLost = false;
	return {
		lose() {
			isLost = true;
			for (const listener of listeners) listener(lost);
			for (const one of channels) one.destroy(new Error("socket hang up"));
		},
		session: {
			async exec(argv, { input } = {}) {
				engine().ran.push(input ? [...argv, await input] : argv);
				return engine().df;
			},
			attach: () => Promise.reject(new Error("no programs here")),
			async *lines() {},
			async openSocket(path) {
				if (isLost) throw lost;
				const channel = connect(path).on("error", () => {});
				channels.add(channel);
				return channel;
			},
			openPort: () => Promise.reject(new Error("no ports here")),
			onLost: (listener) => void listeners.push(listener),
			close: () => void (engine().closed = true),
		},
	};
}

async function answer(engine: DockerEngine, request: IncomingMessage, response: ServerResponse): Promise<void> {
	const asked = askedOf(request, await text(request));
	engine.asked.push(asked);
	const stream = engine.streams[asked.call];
	if (stream) return stream(response);
	const given = engine.replies[asked.call] ?? [404, { message: `no ${asked.call}` }];
	const [status, body] = typeof given === "function" ? given(asked) : given;
	response.writeHead(status, { "content-type": "application/json" });
	response.end(body === undefined ? undefined : JSON.stringify(body));
}

function askedOf({ method, url, headers }: IncomingMessage, body: string): Asked {
	const { pathname, searchParams } = new URL(url!, "http://docker");
	const call = `${method} ${decodeURIComponent(pathname)}`;
	return { call, query: searchParams, headers, body: (body === "" ? {} : JSON.parse(body)) as Asked["body"] };
}

/** A frame of a multiplexed stream (Docker Engine API, POST /containers/{id}/attach). */
export function frame(payload: string, stream = 1): Buffer {
	const header = Buffer.alloc(8);
	header[0] = stream;
	header.writeUInt32BE(Buffer.byteLength(payload), 4);
	return Buffer.concat([header, Buffer.from(payload)]);
}
