import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A small disk of its own in place of a directory; needs root. */
export async function mountTmpfs(directory: string, bytes: number): Promise<AsyncDisposable & { directory: string }> {
	const run = promisify(execFile);
	await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", directory]);
	return { directory, [Symbol.asyncDispose]: async () => void (await run("umount", ["--lazy", directory])) };
}
