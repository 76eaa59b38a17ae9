import { readdir } from "node:fs/promises";
import type { ApiModule } from "../module.ts";

/**
 * The modules that lie in a folder: each is the default export of `module` in a folder of its name. core comes first.
 * @throws Error that names a folder whose module is called otherwise, and what loading one throws
 */
export async function modulesIn(folder: URL): Promise<ApiModule[]> {
	const entries = await readdir(folder, { withFileTypes: true });
	const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
	const modules = await Promise.all(names.map((name) => load(folder, name)));
	return modules.toSorted(
		(a, b) => Number(b.name === "core") - Number(a.name === "core") || (a.name < b.name ? -1 : 1),
	);
}

/** From the sources, or as they were compiled for the image. */
const ENDING = import.meta.url.endsWith(".ts") ? "ts" : "js";

async function load(folder: URL, name: string): Promise<ApiModule> {
	const file = new URL(`${name}/module.${ENDING}`, folder);
	const { default: module } = (await import(file.href)) as { default: ApiModule };
	if (module.name === name) return module;
	throw new Error(`${file.pathname} holds the module ${module.name}: name its folder so`);
}

/** Every module there is: a new one is a folder here. */
export const MODULES: readonly ApiModule[] = await modulesIn(new URL("./", import.meta.url));
