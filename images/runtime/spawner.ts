import { once } from "node:events";
import { connect } from "node:net";
import { z } from "zod";
import { parseJson } from "./http.ts";
import { environmentFor, type RunProgram } from "./program.ts";

const answerSchema = z.union([
	z.object({ exitCode: z.int().nullable(), stdout: z.string(), stderr: z.string() }),
	z.object({ error: z.string() }),
]);

/** As a shell's, of a program that cannot be started. */
const NOT_STARTED = [126, 127];

/**
 * Runs programs as images/etc/spawner.py does, which listens at that path: as another user, without leaving one of
 * their processes, and without another way into the network than their proxy, where the kernel can hold them to it.
 * The user is the spawner's choice. Rejects as runProgram does.
 */
export const spawnerAt =
	(path: string): RunProgram =>
	async (file, args, { directory, signal, variables, proxy }) => {
		signal.throwIfAborted();
		const socket = connect({ path, allowHalfOpen: true });
		// The other side ends the program then, and answers when nothing is left of it.
		const end = (): void => void socket.end();
		const chunks: Buffer[] = [];
		socket.on("data", (chunk: Buffer) => chunks.push(chunk));
		try {
			await once(socket, "connect");
			signal.addEventListener("abort", end);
			const environment = environmentFor(directory, variables);
			const port = proxy === undefined ? null : Number(new URL(proxy).port);
			socket.write(`${JSON.stringify({ file, args, directory, environment, port })}\n`);
			if (signal.aborted) end();
			await once(socket, "end");
		} finally {
			signal.removeEventListener("abort", end);
			socket.destroy();
		}
		signal.throwIfAborted();
		return resultOf(file, Buffer.concat(chunks).toString());
	};

function resultOf(file: string, text: string): Awaited<ReturnType<RunProgram>> {
	const answer = answerSchema.safeParse(parseJson(text)).data ?? { error: "the spawner gave no answer" };
	if ("error" in answer) throw new Error(`${file} was not run: ${answer.error}`);
	const { exitCode, stdout, stderr } = answer;
	if (NOT_STARTED.includes(exitCode ?? 0) && /^(setpriv|spawner): /.test(stderr))
		throw new Error(`${file} was not run: ${stderr.trim()}`);
	return { exitCode: exitCode ?? undefined, stdout: withoutLineEnd(stdout), stderr: withoutLineEnd(stderr) };
}

const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, "");
