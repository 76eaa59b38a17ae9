import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./sources.ts";

const run = promisify(execFile);

/** The smallest cres.yaml. */
const SETTINGS = `project: start-up
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;

/** Builds when there is no build; `npm test` makes a new one in any case. */
export async function ensureBuilt(): Promise<void> {
	if (existsSync(join(ROOT, "dist/packages.json")) && existsSync(join(ROOT, "oclif.manifest.json"))) return;
	await run(process.execPath, ["scripts/build.js"], { cwd: ROOT });
}

/** Names of the packages that the built `cres` loads for a command line, in a directory with a cres.yaml. */
export async function loadedPackages(...args: readonly string[]): Promise<string[]> {
	const cwd = await mkdtemp(join(tmpdir(), "cres-start-up-"));
	try {
		await writeFile(join(cwd, "cres.yaml"), SETTINGS);
		const list = join(cwd, "loaded");
		const env = { PATH: process.env["PATH"], HOME: cwd, LOADED_PACKAGES: list };
		const hook = new URL("loaded-packages.ts", import.meta.url).href;
		await run(process.execPath, ["--import", hook, join(ROOT, "bin/run.js"), ...args], { cwd, env });
		return (await readFile(list, "utf8")).split("\n");
	} finally {
		await rm(cwd, { recursive: true });
	}
}
