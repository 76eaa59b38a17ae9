import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { attachIn } from "./attach.ts";
import type { ContainerHost, LogOptions } from "./container-host.ts";
import type { Daemon } from "./daemon.ts";
import { execIn } from "./exec.ts";
import { logLines } from "./log-lines.ts";

type Programs = Pick<ContainerHost, "exec" | "attach" | "logs">;

/** What runs in containers, and what it has written. */
export function containerPrograms({ docker, ask, read }: Daemon): Programs {
	const run = <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> =>
		ask("run a program", call).catch((error: unknown) => {
			signal.throwIfAborted();
			throw error;
		});
	return {
		exec: (id, argv, options) => run(options.signal, () => execIn(docker, id, argv, options)),
		attach: (id, argv, streams) => run(streams.signal, () => attachIn(docker, id, argv, streams)),
		logs: (id, options) => read("give a log", readLogs(docker, id, options)),
	};
}

async function* readLogs(
	docker: Docker,
	id: string,
	{ tail, follow, since, signal }: LogOptions,
): AsyncIterable<string> {
	const from = since === undefined ? {} : { since: Math.floor(since / 1000) };
	const options = { stdout: true, stderr: true, timestamps: true, tail, ...from } as const;
	const container = docker.getContainer(id);
	if (!follow) return yield* logLines([await container.logs({ ...options, follow: false })]);
	const stream = (await container.logs({ ...options, follow: true })) as Duplex;
	if (signal?.aborted) return void stream.destroy(); // it came while the daemon was asked
	signal?.addEventListener("abort", () => stream.destroy(), { once: true });
	try {
		yield* logLines(stream);
	} catch (error) {
		if (!signal?.aborted) throw error;
	}
}
