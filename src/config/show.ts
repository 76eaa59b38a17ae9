import { stringify } from "yaml";
import { RUNTIME_ENV, type RuntimeVariable } from "../contracts/runtime-env.ts";
import { COLUMNS, table } from "../system/text.ts";
import type { Config } from "./config.ts";
import { ENV, type EnvSource } from "./env.ts";
import { configSchema } from "./schema.ts";

const INDENT = "#   ";

/** One environment name; `value` is `[redacted]` for a secret that is set, null for what is unset. */
interface ShownVariable {
	name: string;
	source: EnvSource;
	secret: boolean;
	value: string | null;
	meaning: string;
}

/** What `cres config` returns under --json. */
export interface ShownConfig {
	/** Directory of cres.yaml. */
	root: string;
	/** cres.yaml with every default, in the form that the file takes. */
	settings: Record<string, unknown>;
	environment: ShownVariable[];
}

/** The merged configuration without any secret value. */
export function showConfig(config: Config): ShownConfig {
	const environment = config.environment.map(({ name, source, secret }): ShownVariable => {
		const clear = secret && source !== "unset" ? "[redacted]" : config.value(name);
		return { name, source, secret, value: clear ?? null, meaning: meaningOf(name) };
	});
	return { root: config.root, settings: settingsOf(config), environment };
}

/** YAML that cres takes as its cres.yaml; the environment stands below it as comments. */
export function renderConfig({ root, settings, environment }: ShownConfig): string {
	const rows = environment.map(({ name, source, value, meaning }) => [
		name,
		source,
		oneLine(value ?? "unset"),
		oneLine(meaning),
	]);
	const variables = table(["NAME", "SOURCE", "VALUE", "MEANING"], rows, { columns: COLUMNS - INDENT.length });
	return [
		`# cres.yaml, .env and the environment, merged, for ${oneLine(root)}`,
		stringify(settings, { lineWidth: 0 }),
		"# environment names (they go into .env, not here)",
		...variables.split("\n").map((line) => `${INDENT}${line}`),
	].join("\n");
}

/** Milliseconds as cres.yaml takes them: the largest unit that loses nothing. */
export function duration(milliseconds: number): string {
	const units = { h: 3_600_000, m: 60_000, s: 1_000 };
	const fitting = Object.entries(units).find(([, size]) => milliseconds >= size && milliseconds % size === 0);
	return fitting ? `${milliseconds / fitting[1]}${fitting[0]}` : `${milliseconds}ms`;
}

function settingsOf(config: Config): Record<string, unknown> {
	const { deploy_timeout, drain_timeout, watch, ...rest } = config.rollout;
	const times = Object.entries({ deploy_timeout, drain_timeout, watch });
	const rollout = { ...Object.fromEntries(times.map(([name, time]) => [name, duration(time)])), ...rest };
	const keys = Object.keys(configSchema.shape) as (keyof typeof configSchema.shape)[];
	const attest = { ...config.attest, max_age: duration(config.attest.max_age) };
	const services = Object.entries(config.control.services).map(([name, { wait, ...one }]) => [
		name,
		{ ...one, ...(wait === undefined ? {} : { wait: duration(wait) }) },
	]);
	const control = { services: Object.fromEntries(services) as object };
	const inWords: Partial<Record<string, object>> = { rollout, attest, control };
	return Object.fromEntries(keys.map((key) => [key, inWords[key] ?? config[key]]));
}

function meaningOf(name: string): string {
	const known: Record<string, RuntimeVariable> = RUNTIME_ENV;
	return ENV[name]?.meaning ?? known[name]?.meaning ?? "named under secrets in cres.yaml";
}

/** A comment ends where its line ends. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, " ");
