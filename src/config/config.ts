import { Secret } from "../secrets/secret.ts";
import type { EnvSource } from "./env.ts";
import type { FileConfig } from "./schema.ts";
import type { TemporalTls } from "./temporal-tls.ts";

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
	/** The certificates and the key that temporal.tls names; undefined: without TLS, unless there is an API key. */
	readonly temporalTls: TemporalTls | undefined;
	/** The certificates that store.ca names, in PEM; undefined: the public CAs. */
	readonly storeCa: string | undefined;
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

/** What reaches a container as secrets: those of cres.yaml that have a value, and what Temporal asks for. */
export function secretValues(config: Pick<Config, "secrets" | "secret" | "temporalTls">): Record<string, Secret> {
	const key = config.temporalTls?.client?.key;
	const entries = [
		...config.secrets.map((name) => [name, config.secret(name)] as const),
		...["TEMPORAL_API_KEY", "TEMPORAL_CODEC_KEYS"].map((name) => [name, config.secret(name)] as const),
		["TEMPORAL_TLS_KEY", key && new Secret(base64(key.reveal()))] as const,
	];
	return Object.fromEntries(entries.filter((entry): entry is [string, Secret] => entry[1] !== undefined));
}

/** One line, as every environment can hold it. */
export const base64 = (text: string): string => Buffer.from(text).toString("base64");
