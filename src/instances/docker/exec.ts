import { PassThrough, type Duplex } from "node:stream";
import { finished } from "node:stream/promises";
import type Docker from "dockerode";
import { readBytes } from "../../system/limits.ts";
import type { ContainerHost, ExecOptions } from "./container-host.ts";

/** Bytes that a program may print on each of its streams. */
const MOST_BYTES = 16 << 20;

type Result = Awaited<ReturnType<ContainerHost["exec"]>>;

/** Runs a program in a container through the daemon's API (POST /containers/{id}/exec). Throws as ContainerHost.exec. */
export async function execIn(
	docker: Docker,
	id: string,
	argv: readonly string[],
	{ signal, timeout }: ExecOptions,
): Promise<Result> {
	const ended = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
	ended.throwIfAborted();
	const attach = { AttachStdin: true, AttachStdout: true, AttachStderr: true };
	const exec = await docker.getContainer(id).exec({ Cmd: [...argv], ...attach, abortSignal: ended });
	// Its standard input stays open as long as the answer is read.
	const stream = await exec.start({ hijack: true, stdin: true });
	const abort = () => stream.destroy(ended.reason as Error);
	ended.addEventListener("abort", abort, { once: true });
	try {
		const printed = outputsOf(docker, stream);
		if (ended.aborted) abort();
		const outputs = await printed;
		return { exitCode: (await exec.inspect()).ExitCode, ...outputs };
	} finally {
		ended.removeEventListener("abort", abort);
		stream.destroy();
	}
}

/** What a program prints until its stream ends. Rejects with tooLarge, and with what the stream was destroyed for. */
async function outputsOf(docker: Docker, stream: Duplex): Promise<Pick<Result, "stdout" | "stderr">> {
	const [stdout, stderr] = [new PassThrough(), new PassThrough()];
	const texts = Promise.all([readBytes(stdout, MOST_BYTES), readBytes(stderr, MOST_BYTES)]);
	texts.catch((error: Error) => stream.destroy(error));
	docker.modem.demuxStream(stream, stdout, stderr);
	await finished(stream, { writable: false });
	stdout.end();
	stderr.end();
	const [out, err] = await texts;
	return { stdout: out.toString("utf8"), stderr: err.toString("utf8") };
}
