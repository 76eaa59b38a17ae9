import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";

const MOST_OUTPUT = 4 << 20;

/** `shell:` of a step → its command line; without one GitHub takes `bash -e`. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
	"": ["bash", "-e"],
	bash: ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
	sh: ["sh", "-e"],
};

export interface Script {
	text: string;
	/** Empty: GitHub's default. */
	shell: string;
	cwd: string;
	env: Readonly<Record<string, string>>;
	/** Where the text may be written. */
	file: string;
	signal: AbortSignal;
}

export interface Ended {
	/** Null: ended by a signal or a time limit. */
	exitCode: number | null;
	/** stdout and stderr as they came, at most 4 MiB. */
	output: string;
}

/** Runs the text of a step. The abort signal ends its whole process group. */
export async function runScript({ text, shell, cwd, env, file, signal }: Script): Promise<Ended> {
	const [program, ...args] = SHELLS[shell] ?? [];
	if (program === undefined) throw new Error(`this runner has no shell: ${shell}`);
	signal.throwIfAborted();
	await writeFile(file, text.endsWith("\n") ? text : `${text}\n`);
	const child = spawn(program, [...args, file], { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
	const stop = () => void process.kill(-child.pid!, "SIGKILL");
	signal.addEventListener("abort", stop, { once: true });
	let output = "";
	const keep = (chunk: Buffer) => {
		if (output.length < MOST_OUTPUT) output += chunk.toString();
	};
	child.stdout.on("data", keep);
	child.stderr.on("data", keep);
	return new Promise<Ended>((resolve, reject) => {
		child.once("error", reject);
		child.once("close", (exitCode) => resolve({ exitCode, output }));
	}).finally(() => signal.removeEventListener("abort", stop));
}
