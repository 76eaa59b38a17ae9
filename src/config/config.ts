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
	/** Absolute path of the directory that holds cres.yaml; docs/PLAN.md and .cres/ live there. */
	readonly root: string;
	/** Value of a name of env.ts that is not secret (process environment first, then .env, then its default). */
	value(name: string): string | undefined;
	/** Value of a secret name of env.ts or of cres.yaml's `secrets`. */
	secret(name: string): Secret | undefined;
	/** Every name that was looked up. */
	readonly environment: readonly EnvReport[];
}

/** Names under cres.yaml's `secrets` that have no value. */
export const missingSecrets = (config: Pick<Config, "secrets" | "secret">): string[] =>
	config.secrets.filter((name) => config.secret(name) === undefined);
