import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AttachedStreams } from "../../../src/instances/attached.ts";
import { createDockerHost } from "../../../src/instances/docker/docker-host.ts";
import { openRelay } from "../../../src/instances/docker/relay.ts";
import { frame, startDockerEngine, type DockerEngine } from "../../support/docker-engine.ts";

const NEVER = new AbortController().signal;

let engine: DockerEngine;
beforeEach(async () => {
	engine = await startDockerEngine();
	engine.replies["POST /containers/c1/exec"] = [201, { Id: "e1" }];
	engine.replies["POST /exec/e1/resize"] = [200];
	engine.replies["GET /exec/e1/json"] = [200, { ExitCode: 3 }];
});
afterEach(() => engine[Symbol.asyncDispose]());

function streamsOf(given: Partial<Pick<AttachedStreams, "stdin" | "terminal" | "signal">> = {}) {
	const [stdout, stderr] = [new PassThrough(), new PassThrough()];
	return { stdin: undefined, terminal: undefined, signal: NEVER, ...given, stdout, stderr };
}
const attach = async (streams: AttachedStreams) => {
	const host = await createDockerHost({
		name: "cpu-1",
		socket: engine.socket,
		session: engine.session,
		credential: undefined,
	});
	return host.attach("c1", ["cat", "-"], streams);
};

describe("a program that is attached to", () => {
	it("writes both streams, reads its input to the end, and leaves its exit code", async () => {
		engine.program = (connection) => {
			void text(connection).then((heard) => {
				connection.end(Buffer.concat([frame(`heard ${heard}`), frame("complaint", 2)]));
			});
		};
		const stdin = new PassThrough();
		stdin.end("words");
		const streams = streamsOf({ stdin });
		expect(await attach(streams)).toBe(3);
		expect([streams.stdout.read(), streams.stderr.read()].map(String)).toEqual(["heard words", "complaint"]);
		expect(engine.asked[0]!.body).toMatchObject({ Cmd: ["cat", "-"], AttachStdin: true, Tty: false });
	});

	it("gets a terminal of the size of ours, and each new size", async () => {
		let resized = () => {};
		const terminal = {
			size: () => ({ columns: 90, rows: 30 }),
			onResize: (listener: () => void) => (resized = listener),
		};
		engine.program = (connection) => {
			resized();
			setTimeout(() => connection.end("\u001B[1mraw"), 50);
		};
		const streams = streamsOf({ terminal: terminal as never });
		expect(await attach(streams)).toBe(3);
		expect(String(streams.stdout.read())).toBe("\u001B[1mraw");
		expect(engine.asked[0]!.body).toMatchObject({ AttachStdin: false, Tty: true });
		const sizes = engine.asked.filter(({ call }) => call === "POST /exec/e1/resize");
		expect(Object.fromEntries(sizes[0]!.query)).toEqual({ w: "90", h: "30" });
	});

	it("is left with Ctrl-C", async () => {
		const stop = new AbortController();
		engine.program = () => stop.abort(new Error("Ctrl-C"));
		await expect(attach(streamsOf({ signal: stop.signal }))).rejects.toThrow("Ctrl-C");
		await expect(attach(streamsOf({ signal: stop.signal }))).rejects.toThrow("Ctrl-C");
	});
});

describe("F13: a port of the container", () => {
	/** Runs the relay on this machine instead. */
	const here = async (argv: readonly string[], { stdin, stdout, stderr, signal }: AttachedStreams) => {
		const [file, ...args] = argv;
		const child = spawn(file!, args, { stdio: "pipe", signal }).on("error", () => {});
		stdin!.pipe(child.stdin.on("error", () => {}));
		child.stdout.pipe(stdout, { end: false });
		child.stderr.pipe(stderr, { end: false });
		const [code] = (await once(child, "close")) as [number];
		return code;
	};

	it("is led to both ways, and to the end of both", async () => {
		const large = "x".repeat(300_000);
		await using server = createServer({ allowHalfOpen: true }, (socket) => {
			void text(socket).then((heard) => socket.end(`${heard.length} ${large}`));
		}).listen(0, "127.0.0.1");
		await once(server, "listening");
		const stream = await openRelay(here, (server.address() as AddressInfo).port);
		stream.end(large);
		expect(await text(stream)).toBe(`${large.length} ${large}`);
		await finished(stream);
	});

	it("that nobody listens to says so", async () => {
		await expect(openRelay(here, 1)).rejects.toThrow(/nobody answers \(Connection refused\)/);
	});

	it("ends its relay when it is closed", async () => {
		await using server = createServer((socket) => void socket.write("hello")).listen(0, "127.0.0.1");
		await once(server, "listening");
		const ended = Promise.withResolvers<void>();
		const watched: typeof here = async (argv, streams) => {
			streams.signal.addEventListener("abort", () => ended.resolve());
			return here(argv, streams);
		};
		const stream = await openRelay(watched, (server.address() as AddressInfo).port);
		await once(stream, "data");
		stream.destroy();
		await ended.promise;
	});
});
