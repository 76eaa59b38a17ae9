import { execFile } from "node:child_process";
import { join } from "node:path";

const BIN = join(import.meta.dirname, "../../bin/dev.js");

/** Runs cres on its sources in a directory, with nothing of this process's environment that it would read. */
export function runDev(
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
