import type { Readable } from "node:stream";
import { childEnvironment } from "./child-environment.ts";
import { traced } from "./trace.ts";

interface RunOptions {
	cwd?: string;
	/** Added to the part of the environment that programs get (childEnvironment). */
	env?: Record<string, string>;
	/** Written to the program's standard input. */
	input?: string | Uint8Array | Readable;
	/** Called with each line of stderr and stdout as it comes. */
	onLine?: (line: string) => void;
	signal?: AbortSignal;
	timeoutMs?: number;
	/** Every byte of the output is one character, and none is left out at its end: for what is not all text. */
	latin1?: boolean;
}

interface RunResult {
	exitCode: number;
	stdout: string;
	stderr: string;
}

/** Local programs. Always an argv array, never a shell string. */
export interface Shell {
	/** Runs to the end and returns the exit code; rejects only when the program cannot be started or is aborted. */
	run(file: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
}

export const systemShell: Shell = {
	run: (file, args, options = {}) =>
		traced(
			{ whom: file, what: args.join(" ") },
			() => run(file, args, options),
			({ exitCode }) => `exit ${exitCode}`,
		),
};

async function run(file: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
	const { execa } = await import("execa");
	const { onLine, input, signal, timeoutMs, cwd, env, latin1 } = options;
	const child = execa(file, args, {
		reject: false,
		all: onLine !== undefined,
		...(cwd === undefined ? {} : { cwd }),
		env: childEnvironment(env),
		extendEnv: false,
		...(latin1 ? ({ encoding: "latin1", stripFinalNewline: false } as const) : {}),
		...(input === undefined ? { stdin: "ignore" } : typeof input === "object" && "pipe" in input ? {} : { input }),
		...(signal === undefined ? {} : { cancelSignal: signal }),
		...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
	});
	if (input !== undefined && typeof input === "object" && "pipe" in input) input.pipe(child.stdin!);
	if (onLine) void forEachLine(child.iterable({ from: "all" }), onLine);
	const result = await child;
	signal?.throwIfAborted();
	if (result.exitCode === undefined) throw result;
	return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
}

async function forEachLine(lines: AsyncIterable<unknown>, onLine: (line: string) => void): Promise<void> {
	for await (const line of lines) onLine(String(line));
}
