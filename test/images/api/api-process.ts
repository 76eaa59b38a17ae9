import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followLines } from "../lines.ts";

const MAIN = join(import.meta.dirname, "../../../images/api/main.ts");

/** Starts images/api/main.ts with exactly this environment (and PATH). */
export async function startApi(variables: Record<string, string>) {
	const directory = await mkdtemp(join(tmpdir(), "cres-api-"));
	const info = join(directory, "build-info.json");
	const build = {
		buildId: "0123456789ab",
		revision: "0".repeat(40),
		version: "0.1.0",
		created: "2026-01-02T03:04:05Z",
	};
	await writeFile(info, JSON.stringify(build));
	const env = { PATH: process.env["PATH"]!, ...variables };
	const child = spawn(process.execPath, [MAIN, "--build-info", info], { env, stdio: ["ignore", "pipe", "inherit"] });
	const exit = once(child, "close").then(([code]) => code as number | null);
	const { lines, line } = followLines(child.stdout);
	return {
		lines,
		exit,
		kill: (signal: NodeJS.Signals) => child.kill(signal),
		/** Where it listens. */
		origin: async (): Promise<string> => (JSON.parse(await line("api listens")) as { address: string }).address,
		async [Symbol.asyncDispose]() {
			child.kill("SIGKILL");
			await exit;
			await rm(directory, { recursive: true });
		},
	};
}
