import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import type Docker from "dockerode";
import type { ContainerHost, ExecOptions } from "./container-host.ts";

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
	const exec = await docker.getContainer(id).exec({ Cmd: [...argv], ...attach });
	// Its standard input stays open as long as the answer is read.
	const stream = await exec.start({ hijack: true, stdin: true });
	const abort = () => stream.destroy(ended.reason as Error);
	ended.addEventListener("abort", abort, { once: true });
	const [stdout, stderr] = [new PassThrough(), new PassThrough()];
	const texts = Promise.all([text(stdout), text(stderr)]);
	try {
		docker.modem.demuxStream(stream, stdout, stderr);
		if (ended.aborted) abort();
		await finished(stream, { writable: false });
		stdout.end();
		stderr.end();
		const [out, err] = await texts;
		return { exitCode: (await exec.inspect()).ExitCode, stdout: out, stderr: err };
	} finally {
		ended.removeEventListener("abort", abort);
		stream.destroy();
	}
}
