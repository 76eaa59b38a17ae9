import type { Secret } from "../secrets/secret.ts";
import type { EnvSource } from "./env.ts";
import type { FileConfig } from "./schema.ts";

/** Where the value of one environment name came from; never the value. */
export interface EnvReport {
	name: string;
	source: EnvSource;
	secret: boolean;
}

/** Everything cres knows before it asks anybody: cres.yaml, .env and the process environment, validated and frozen. */
export interface Config extends Readonly<FileConfig> {
	/** Absolute path of the configuration file. */
	readonly file: string;
	/** Absolute path of the directory that holds it; docs/PLAN.md and .cres/ live there. */
	readonly root: string;
	/** Absolute path of the state directory of this file and Temporal namespace, below .cres/. */
	readonly state: string;
	/** Value of a name of env.ts that is not secret (process environment first, then .env, then its default). */
	value(name: string): string | undefined;
	/** Value of a secret name of env.ts or of cres.yaml's `secrets`. */
	secret(name: string): Secret | undefined;
	/** What a person should know of .env; names, never values. */
	readonly warnings: readonly string[];
	/** Every name that was looked up. */
	readonly environment: readonly EnvReport[];
}

/** Names under cres.yaml's `secrets` that have no value. */
export const missingSecrets = (config: Pick<Config, "secrets" | "secret">): string[] =>
	config.secrets.filter((name) => config.secret(name) === undefined);

/** The secrets of cres.yaml that have a value. */
export function secretValues(config: Pick<Config, "secrets" | "secret">): Record<string, Secret> {
	const entries = config.secrets.map((name) => [name, config.secret(name)] as const);
	return Object.fromEntries(entries.filter((entry): entry is [string, Secret] => entry[1] !== undefined));
}
