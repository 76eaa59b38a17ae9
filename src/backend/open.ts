import { existsSync, lstatSync, statSync } from "node:fs";
import { basename, resolve } from "node:path";
import { UserError } from "../errors/errors.ts";
import { readUtf8IfExists } from "../system/encoding.ts";
import { readTextIfExists } from "../system/files.ts";
import { hasBackend, readBackendText, renderFaults } from "./config.ts";
import { placeOf, type BackendPlace } from "./place.ts";
import type { BackendSettings } from "./settings.ts";
import { specFile } from "./supervisor/spec.ts";

/** Names that are looked for where none is given. */
const DEFAULTS = ["backend.yaml", "dev-config.yaml"];
/** The last of them, where it has a section for a backend. */
const COMMON = "cres.yaml";

/**
 * The place of a backend by its file, which need not be valid; one that is gone is found by what was started from it.
 * @throws UserError backend_config_missing (usage)
 */
export async function findBackend(given: string | undefined, directory: string): Promise<BackendPlace> {
	const paths = (given === undefined ? DEFAULTS : [given]).map((name) => resolve(directory, name));
	const common = given === undefined ? await sectionIn(resolve(directory, COMMON)) : undefined;
	if (given === "") throw missing("the name of FILE is empty");
	const found = paths.find(isFile) ?? common ?? paths.find((path) => existsSync(specFile(placeOf(path).directory)));
	if (found !== undefined) return placeOf(found);
	throw missing(
		given === undefined
			? [`no ${DEFAULTS.join(", no ")} and no backend: in a ${COMMON} in ${directory}`, ...paths.flatMap(odd)].join(
					"; ",
				)
			: `${given} is ${whatIs(paths[0]!)}`,
	);
}

const missing = (message: string): UserError =>
	new UserError("backend_config_missing", message, {
		hint: "write one as cres guide backend shows, or name it as FILE behind the command",
	});

/** A pipe would be waited for until somebody writes it. */
const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function whatIs(path: string): string {
	const found = statSync(path, { throwIfNoEntry: false });
	if (!found) return isNamed(path) ? "a link to what is not there" : "not there";
	return found.isDirectory() ? "a folder" : "no regular file";
}

/** What has a name that is looked for, and is none. */
const odd = (path: string): string[] => (isNamed(path) ? [`${basename(path)} is ${whatIs(path)}`] : []);

const isNamed = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

async function sectionIn(path: string): Promise<string | undefined> {
	if (!isFile(path)) return undefined;
	const text = await readTextIfExists(path);
	return text !== undefined && hasBackend(text) ? path : undefined;
}

/** @throws UserError backend_config_missing, backend_config_invalid (usage) with every fault at once */
export async function readSettings({ file }: Pick<BackendPlace, "file">): Promise<BackendSettings> {
	const text = await readUtf8IfExists(file, "backend_config_invalid");
	if (text === undefined)
		throw new UserError("backend_config_missing", `${file} is not there`, {
			hint: "write it again as cres guide backend shows; what runs of it: cres backend status",
		});
	const read = readBackendText(text);
	if ("settings" in read) return read.settings;
	throw new UserError("backend_config_invalid", renderFaults(basename(file), read.faults), {
		hint: "correct the lines above, then run the command again",
	});
}
