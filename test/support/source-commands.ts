import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Config, type Interfaces } from "@oclif/core";
import { ROOT } from "./sources.ts";

/** The program with the commands of src/commands as they are in the sources, built or not. */
export async function configOfSources(): Promise<Config> {
	const pjson = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Interfaces.PJSON;
	const target = { ...(pjson.oclif.commands as object), target: "./src/commands", globPatterns: ["**/*.ts"] };
	return Config.load({
		root: ROOT,
		pjson: { ...pjson, oclif: { ...pjson.oclif, commands: target as never } },
		ignoreManifest: true,
		isRoot: true,
	});
}
