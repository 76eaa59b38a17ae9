import { getEventListeners } from "node:events";
import { PassThrough } from "node:stream";
import type { ServerChannel } from "ssh2";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AttachedStreams } from "../../../src/instances/attached.ts";
import { attachTo } from "../../../src/instances/ssh/attach.ts";
import { connectSsh, type SshSession } from "../../../src/instances/ssh/session.ts";
import { leave, startSshHost, type SshHost } from "../../support/ssh-host.ts";

let host: SshHost;
let session: SshSession;
beforeAll(async () => void (host = await startSshHost()));
afterAll(() => host[Symbol.asyncDispose]());
beforeEach(async () => {
	Object.assign(host, { terminals: [], commands: [] });
	const target = { name: "cpu-1", host: "127.0.0.1", port: host.port, user: "ops", key: host.key };
	session = await connectSsh({ ...target, fingerprint: host.fingerprint }, new AbortController().signal);
});
afterEach(() => session.close());

const streamsOf = (given: Partial<AttachedStreams> = {}): AttachedStreams => ({
	...{ stdin: undefined, stdout: new PassThrough(), stderr: new PassThrough(), terminal: undefined },
	signal: new AbortController().signal,
	...given,
});

describe("a program that is attached to over ssh", () => {
	it("gets a terminal of the size of ours, and each new size", async () => {
		const { promise: listens, resolve } = Promise.withResolvers<() => void>();
		let size = { columns: 90, rows: 30 };
		let running: ServerChannel | undefined;
		host.program = (_command, channel) => void (running = channel);
		const ended = session.attach(["top"], streamsOf({ terminal: { size: () => size, onResize: resolve } }));
		const resized = await listens;
		expect(host.terminals).toEqual([{ cols: 90, rows: 30, term: "xterm-256color" }]);
		size = { columns: 70, rows: 20 };
		resized();
		await expect.poll(() => host.terminals.at(-1)).toEqual({ cols: 70, rows: 20 });
		leave(running!, 0);
		expect(await ended).toBe(0);
	});

	it("gets no terminal where we have none", async () => {
		host.program = (_command, channel) => leave(channel, 4);
		expect(await session.attach(["cat"], streamsOf())).toBe(4);
		expect(host.terminals).toEqual([]);
	});

	it("leaves our streams open, reads no more of them, and listens to nothing", async () => {
		host.program = (_command, channel) => leave(channel, 0);
		const [stdin, signal] = [new PassThrough(), new AbortController().signal];
		const streams = streamsOf({ stdin, signal });
		await session.attach(["true"], streams);
		expect([streams.stdout.writableEnded, streams.stderr.writableEnded]).toEqual([false, false]);
		expect(stdin.listenerCount("data")).toBe(0);
		expect(getEventListeners(signal, "abort")).toEqual([]);
	});

	it("has exit code 255 when a signal ended it", async () => {
		host.program = (_command, channel) => {
			channel.exit("KILL", false, "");
			channel.end();
		};
		expect(await session.attach(["x"], streamsOf())).toBe(255);
	});

	it("is lost with the connection", async () => {
		host.program = () => host.drop();
		await expect(session.attach(["x"], streamsOf())).rejects.toMatchObject({ code: "connection_lost" });
	});

	it.each(["while it starts", "while it runs"])("ends on the instance with Ctrl-C %s", async (when) => {
		const stop = new AbortController();
		const { promise: closed, resolve } = Promise.withResolvers<void>();
		host.program = (_command, channel) => {
			channel.on("close", () => resolve()).resume();
			if (when === "while it starts") stop.abort(new Error("Ctrl-C"));
			else channel.write("ready");
		};
		const streams = streamsOf({ signal: stop.signal });
		streams.stdout.once("pipe", () => setImmediate(() => stop.abort(new Error("Ctrl-C"))));
		await expect(session.attach(["sleep"], streams)).rejects.toThrow("Ctrl-C");
		await closed;
	});
});

describe("a channel that opened too late", () => {
	const channel = () => {
		let closed = 0;
		const stream = Object.assign(new PassThrough(), { stderr: new PassThrough(), close: () => closed++ });
		return { stream, attach: (streams: AttachedStreams) => attachTo(stream as never, streams), closed: () => closed };
	};

	it("is closed when Ctrl-C came before it", async () => {
		const { attach, closed } = channel();
		const signal = AbortSignal.abort(new Error("Ctrl-C"));
		await expect(attach(streamsOf({ signal }))).rejects.toThrow("Ctrl-C");
		expect(closed()).toBe(1);
	});

	it("fails with its own error", async () => {
		const { stream, attach } = channel();
		const ended = attach(streamsOf());
		stream.emit("error", new Error("write EPIPE"));
		await expect(ended).rejects.toThrow("write EPIPE");
	});
});
