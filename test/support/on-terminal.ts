import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BIN } from "./built.ts";

export interface OnTerminal {
	code: number;
	stdout: string;
	/** What the terminal got. */
	stderr: string;
}

/** Keys that are typed once a terminal has shown a text. */
interface Typed {
	text: string;
	keys: string;
}

export const CTRL_C = "\u0003";

/** Runs the built cres in a directory, stderr on a terminal of 80x24; stdout on another one, or into a file. */
export async function onTerminal(
	directory: string,
	stdout: "terminal" | "file",
	args: readonly string[],
	typed: Typed = { text: "", keys: "" },
): Promise<OnTerminal> {
	const file = stdout === "file" ? join(await mkdtemp(join(tmpdir(), "cres-stdout-")), "out") : "-";
	const script = join(import.meta.dirname, "on-terminal.py");
	const program = [process.execPath, BIN, ...args];
	const { PATH, HOME } = process.env;
	const options = { cwd: directory, env: { PATH, HOME, TERM: "xterm-256color" }, maxBuffer: 64_000_000 };
	return new Promise((resolve, reject) =>
		execFile("python3", [script, file, typed.text, typed.keys, ...program], options, (error, out) =>
			error ? reject(error) : resolve(JSON.parse(out) as OnTerminal),
		),
	);
}
