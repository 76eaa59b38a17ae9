import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { UserError } from "../errors/errors.ts";
import { readTextIfExists } from "../system/files.ts";
import { readBackendText, renderFaults } from "./config.ts";
import { placeOf, type BackendPlace } from "./place.ts";
import type { BackendSettings } from "./settings.ts";

/** Names that are looked for where none is given. */
const DEFAULTS = ["backend.yaml", "dev-config.yaml"];

/** The place of a backend by its file; the file itself need not be valid. @throws UserError backend_config_missing (usage) */
export function findBackend(given: string | undefined, directory: string): BackendPlace {
	const names = given === undefined ? DEFAULTS : [given];
	const found = names.map((name) => resolve(directory, name)).find((path) => existsSync(path));
	if (found !== undefined) return placeOf(found);
	const missing = given === undefined ? `no ${DEFAULTS.join(" and no ")} in ${directory}` : `${given} is not there`;
	throw new UserError("backend_config_missing", missing, {
		hint: "write one as docs/guide/backend.md shows, or name it: cres backend start FILE",
	});
}

/** @throws UserError backend_config_missing, backend_config_invalid (usage) with every fault at once */
export async function readSettings({ file }: Pick<BackendPlace, "file">): Promise<BackendSettings> {
	const text = await readTextIfExists(file);
	if (text === undefined) throw new UserError("backend_config_missing", `${file} is not there`);
	const read = readBackendText(text);
	if ("settings" in read) return read.settings;
	throw new UserError("backend_config_invalid", renderFaults(basename(file), read.faults), {
		hint: "correct the lines above, then run the command again",
	});
}
