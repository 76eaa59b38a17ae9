import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { BIN } from "./built.ts";

const run = promisify(execFile);

/** The smallest cres.yaml. */
const SETTINGS = `project: start-up
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;

/** Names of the packages that the built `cres` loads for a command line, in a directory with a cres.yaml. */
export async function loadedPackages(...args: readonly string[]): Promise<string[]> {
	const cwd = await mkdtemp(join(tmpdir(), "cres-start-up-"));
	try {
		await writeFile(join(cwd, "cres.yaml"), SETTINGS);
		const list = join(cwd, "loaded");
		const env = { PATH: process.env["PATH"], HOME: cwd, LOADED_PACKAGES: list };
		const hook = new URL("loaded-packages.ts", import.meta.url).href;
		await run(process.execPath, ["--import", hook, BIN, ...args], { cwd, env });
		return (await readFile(list, "utf8")).split("\n");
	} finally {
		await rm(cwd, { recursive: true });
	}
}
