import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./sources.ts";

export interface OnTerminal {
	code: number;
	stdout: string;
	/** What the terminal got. */
	stderr: string;
}

/** Runs the built cres in a directory, stderr on a terminal of 80x24; stdout on another one, or into a file. */
export async function onTerminal(
	directory: string,
	stdout: "terminal" | "file",
	args: readonly string[],
): Promise<OnTerminal> {
	const file = stdout === "file" ? join(await mkdtemp(join(tmpdir(), "cres-stdout-")), "out") : "-";
	const script = join(import.meta.dirname, "on-terminal.py");
	const program = [process.execPath, join(ROOT, "bin/run.js"), ...args];
	const { PATH, HOME } = process.env;
	const options = { cwd: directory, env: { PATH, HOME, TERM: "xterm-256color" }, maxBuffer: 64_000_000 };
	return new Promise((resolve, reject) =>
		execFile("python3", [script, file, ...program], options, (error, out) =>
			error ? reject(error) : resolve(JSON.parse(out) as OnTerminal),
		),
	);
}
