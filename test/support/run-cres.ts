import { execFile } from "node:child_process";
import { BIN } from "./built.ts";

/** Runs the built cres in a directory, with nothing of this process's environment that it would read. */
export function runCres(
	directory: string,
	...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
	const { PATH, HOME } = process.env;
	return new Promise((resolve) => {
		const options = { cwd: directory, env: { PATH, HOME } };
		execFile(process.execPath, [BIN, ...args], options, (error, stdout, stderr) =>
			resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
		);
	});
}
