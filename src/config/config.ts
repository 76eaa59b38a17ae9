import type { Secret } from "../secrets/secret.ts";
import type { FileConfig } from "./schema.ts";

/** Everything cres knows before it asks anybody: cres.yaml, .env and the process environment, validated and frozen. */
export interface Config extends Readonly<FileConfig> {
	/** Absolute path of the directory that holds cres.yaml; docs/PLAN.md and .cres/ live there. */
	readonly root: string;
	/** Value of an environment name of the registry in env.ts (process environment first, then .env, then its default). */
	value(name: string): string | undefined;
	/** The same for a name that is secret. */
	secret(name: string): Secret | undefined;
}
