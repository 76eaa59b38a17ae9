import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { toolsDirectory } from "../state/directory.ts";
import { readEnvFile } from "./env-file.ts";
import { resolveEnv } from "./env.ts";

/** Where `cres tools fetch` keeps programs: beside the nearest cres.yaml, else in this folder. */
export function toolsFolder(directory = process.cwd()): string {
	let here = resolve(directory);
	while (!existsSync(join(here, "cres.yaml")) && dirname(here) !== here) here = dirname(here);
	return toolsDirectory(existsSync(join(here, "cres.yaml")) ? here : resolve(directory));
}

/** The package index that pip would use, as far as the environment or .env says. */
export async function packageIndex(
	environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
	const { values } = await readEnvFile(join(dirname(dirname(toolsFolder())), ".env"));
	return resolveEnv("PIP_INDEX_URL", environment, values).value!; // it has a default
}
