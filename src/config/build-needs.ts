import { join, resolve } from "node:path";
import { isThere } from "../system/files.ts";
import type { Shell } from "../system/shell.ts";
import { loadConfig } from "./load.ts";

interface Project {
	/** Path of cres.yaml, absolute. */
	configPath: string;
	/** Directory of cres.yaml, absolute. */
	directory: string;
	shell: Shell;
	signal: AbortSignal;
}

const FILES = ["Dockerfile.base", "Dockerfile", "images/"];
const VALUES = ["BASE_IMAGE", "REGISTRY_USERNAME", "REGISTRY_PASSWORD"] as const;

/** What has to be done before `cres build --push` can succeed, one sentence each; nothing is asked of the network. */
export async function missingForBuild({ configPath, directory, shell, signal }: Project): Promise<string[]> {
	const config = await loadConfig({ path: configPath }).catch(() => undefined);
	const context = resolve(directory, config?.image.context ?? ".");
	const files = await Promise.all(FILES.map(async (file) => ((await isThere(join(context, file))) ? [] : [file])));
	const values = VALUES.filter((name) => !config?.value(name) && !config?.secret(name));
	const sentence = (what: readonly string[], of: (list: string) => string) =>
		what.length > 0 ? [of(what.join(", "))] : [];
	return [
		...sentence(files.flat(), (list) => `put ${list} into ${context}`),
		...sentence(values, (list) => `set ${list} in .env`),
		...((await hasCommit(shell, directory, signal)) ? [] : ["commit the tree with Git: builds take committed files"]),
	];
}

async function hasCommit(shell: Shell, directory: string, signal: AbortSignal): Promise<boolean> {
	const asked = shell.run("git", ["rev-parse", "--verify", "--quiet", "HEAD"], { cwd: directory, signal });
	const { exitCode } = await asked.catch(() => ({ exitCode: 1 }));
	signal.throwIfAborted();
	return exitCode === 0;
}
