import { once } from "node:events";
import type { Duplex, Writable } from "node:stream";
import type Docker from "dockerode";
import { NO_EXIT_CODE, type AttachedStreams } from "../attached.ts";
import { frames } from "./frames.ts";

/**
 * Runs a program in a container through the daemon's API (POST /containers/{id}/exec) with the given streams, and returns
 * its exit code. Rejects with the reason of the abort.
 */
export async function attachIn(
	docker: Docker,
	id: string,
	argv: readonly string[],
	streams: AttachedStreams,
): Promise<number> {
	const { stdin, stdout, terminal, signal } = streams;
	signal.throwIfAborted();
	const attach = { AttachStdin: stdin !== undefined, AttachStdout: true, AttachStderr: true };
	const Tty = terminal !== undefined;
	const exec = await docker.getContainer(id).exec({ Cmd: [...argv], ...attach, Tty });
	const stream = await exec.start({ hijack: true, stdin: true, Tty });
	const abort = () => stream.destroy(signal.reason as Error);
	signal.addEventListener("abort", abort, { once: true });
	try {
		if (signal.aborted) abort();
		stdin?.pipe(stream);
		if (terminal) await fit(exec, terminal);
		await (terminal ? copy(stream, stdout, signal) : split(stream, streams));
		return (await exec.inspect()).ExitCode ?? NO_EXIT_CODE;
	} finally {
		signal.removeEventListener("abort", abort);
		stdin?.unpipe(stream);
		stream.on("error", () => {}).destroy();
	}
}

async function fit(exec: Docker.Exec, { size, onResize }: NonNullable<AttachedStreams["terminal"]>): Promise<void> {
	const resize = async () => {
		const { columns, rows } = size();
		await exec.resize({ w: columns, h: rows }).catch(() => {}); // a program that has just ended has no terminal
	};
	onResize(() => void resize());
	await resize();
}

async function split(stream: Duplex, { stdout, stderr, signal }: AttachedStreams): Promise<void> {
	for await (const { isError, payload } of frames(stream as AsyncIterable<Buffer>))
		await write(isError ? stderr : stdout, payload, signal);
}

async function copy(stream: Duplex, to: Writable, signal: AbortSignal): Promise<void> {
	for await (const chunk of stream as AsyncIterable<Buffer>) await write(to, chunk, signal);
}

async function write(to: Writable, chunk: Buffer, signal: AbortSignal): Promise<void> {
	if (!to.write(chunk)) await once(to, "drain", { signal });
}
