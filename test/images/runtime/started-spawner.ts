import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnerAt } from "../../../images/runtime/spawner.ts";
import type { RunProgram } from "../../../images/runtime/program.ts";

export const ETC = join(import.meta.dirname, "../../../images/etc");
const [WORKER, PROGRAM] = [59_004, 59_001];

interface StartedSpawner extends AsyncDisposable {
	run: RunProgram;
	/** A folder of a job, which programs may write to. */
	home: string;
	/** What it has written to its standard error. */
	said: () => string;
}

/** Starts images/etc/spawner.py with a worker that does nothing; only root can. `launch`: what python3 is given before its name. */
export async function startedSpawner(launch: readonly string[] = ["-I", "-S"]): Promise<StartedSpawner> {
	const root = await mkdtemp(join(tmpdir(), "cres-spawner-"));
	await chmod(root, 0o755);
	const home = await mkdtemp(join(root, "job-"));
	await chown(home, WORKER, PROGRAM);
	await chmod(home, 0o2770);
	const socket = join(root, "spawner.sock");
	const args = [...launch, join(ETC, "spawner.py"), socket, String(WORKER), String(PROGRAM), "sleep", "300"];
	const env = { PATH: process.env["PATH"]! };
	const child = spawn("python3", args, { env, stdio: ["ignore", "inherit", "pipe"] });
	let said = "";
	child.stderr.setEncoding("utf8").on("data", (part: string) => (said += part));
	const ended = once(child, "exit").then(() => Promise.reject(new Error(said)));
	ended.catch(() => {});
	while (!/programs of downloads are .*\n/.test(said)) await Promise.race([once(child.stderr, "data"), ended]);
	return {
		run: spawnerAt(socket),
		home,
		said: () => said,
		async [Symbol.asyncDispose]() {
			child.kill("SIGKILL");
			await ended.catch(() => {});
			await rm(root, { recursive: true });
		},
	};
}
