import { dirname, join, resolve } from "node:path";
import { UserError } from "../errors/errors.ts";
import { Secret } from "../secrets/secret.ts";
import { stateDirectory } from "../state/directory.ts";
import { renderFault } from "../system/yaml-text.ts";
import type { Config, EnvReport } from "./config.ts";
import { encodingFault } from "../system/encoding.ts";
import { readEnvFile } from "./env-file.ts";
import { ENV, resolveEnv } from "./env.ts";
import { readConfigText } from "./faults.ts";
import { assertOneOfName } from "./one-name.ts";
import { readPem } from "./pem-file.ts";
import type { FileConfig } from "./schema.ts";
import { readSettings } from "./settings-file.ts";
import { readTemporalTls } from "./temporal-tls.ts";

export interface LoadOptions {
	/** cres.yaml; default: the nearest one in this directory or above. */
	path?: string;
	directory?: string;
	environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * cres.yaml and .env beside it, validated, with defaults, frozen. CRLF and a byte-order mark are tolerated in both.
 * @throws UserError config_missing, config_unreadable, config_twice, config_invalid (usage) with every fault at once,
 * env_file_unreadable, tls_file_invalid
 */
export async function loadConfig({
	path,
	directory = process.cwd(),
	environment = process.env,
}: LoadOptions = {}): Promise<Config> {
	const found = await (path === undefined ? nearestConfig(directory) : readConfig(resolve(directory, path)));
	if (!found) throw missing(path === undefined ? `no cres.yaml in ${directory} or above` : `${path} is not there`);
	const { file } = found;
	await assertOneOfName(file);
	const settings = settingsOf(found, path ?? "cres.yaml");
	const root = dirname(file);
	const { values: dotenv, warnings } = await readEnvFile(join(root, ".env"));
	const state = stateDirectory(file, settings.temporal.namespace);
	const { temporal, store } = settings;
	const [temporalTls, storeCa] = await Promise.all([
		readTemporalTls(temporal, root),
		readPem(root, "store.ca", store.ca, "certificate"),
	]);
	return deepFreeze({
		...settings,
		...{ file, root, state, temporalTls, storeCa, warnings },
		...environmentOf(settings.secrets, environment, dotenv),
	});
}

const missing = (message: string) =>
	new UserError("config_missing", message, { hint: "cres init writes a commented starter" });

/** A cres.yaml as it lies on the disk. */
interface ConfigFile {
	/** Absolute. */
	file: string;
	bytes: Buffer;
}

/** @throws UserError config_invalid (usage): not UTF-8, or with faults, all of them */
function settingsOf({ file, bytes }: ConfigFile, name: string): FileConfig {
	const encoding = encodingFault(bytes, file);
	if (encoding) throw new UserError("config_invalid", `${name} ${encoding.why}`, { hint: encoding.hint });
	const read = readConfigText(bytes.toString("utf8"));
	if ("settings" in read) return read.settings;
	throw new UserError("config_invalid", read.faults.map((fault) => renderFault(name, fault)).join("\n"), {
		hint: "correct the lines above, then run the command again",
	});
}

/** Makes every Secret at once, so that redaction knows them all from the first line on. */
function environmentOf(
	secretNames: readonly string[],
	environment: Readonly<Record<string, string | undefined>>,
	dotenv: Readonly<Record<string, string>>,
): Pick<Config, "value" | "secret" | "environment"> {
	const values = new Map<string, string>();
	const secrets = new Map<string, Secret>();
	const report: EnvReport[] = [];
	for (const name of new Set([...Object.keys(ENV), ...secretNames])) {
		const { value, source } = resolveEnv(name, environment, dotenv);
		const secret = ENV[name]?.secret ?? secretNames.includes(name);
		if (value !== undefined && secret) secrets.set(name, new Secret(value, { name }));
		if (value !== undefined && !secret) values.set(name, value);
		report.push({ name, source, secret });
	}
	return { value: (name) => values.get(name), secret: (name) => secrets.get(name), environment: report };
}

/** The cres.yaml of this directory, or of the nearest one above that has one. */
async function nearestConfig(directory: string): Promise<ConfigFile | undefined> {
	for (let here = resolve(directory); ; here = dirname(here)) {
		const found = await readConfig(join(here, "cres.yaml"));
		if (found || dirname(here) === here) return found;
	}
}

async function readConfig(file: string): Promise<ConfigFile | undefined> {
	const bytes = await readSettings(file, "the settings of cres", (why, hint, cause) =>
		configUnreadable(file, why, hint, cause),
	);
	return bytes && { file, bytes };
}

const configUnreadable = (file: string, why: string, hint: string, cause: unknown) =>
	new UserError("config_unreadable", `${file} ${why}`, { hint: `${hint}, then the same command again`, cause });

function deepFreeze<T>(value: T): T {
	if (value && typeof value === "object") {
		for (const inner of Object.values(value)) deepFreeze(inner);
		Object.freeze(value);
	}
	return value;
}
