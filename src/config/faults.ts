import type { z } from "zod";
import { FLAG_FORM, parseFlag } from "../contracts/flag.ts";
import { RUNTIME_ENV, type RuntimeVariable } from "../contracts/runtime-env.ts";
import { meant, nearest } from "../system/nearest.ts";
import { faultText } from "../system/schema-words.ts";
import { dotted, readYaml, shown, type Fault, type Path } from "../system/yaml-text.ts";
import { controlFaults } from "./control-faults.ts";
import { ENV } from "./env.ts";
import { choicesOf, keysAt } from "./schema-at.ts";
import { managedFault } from "./managed.ts";
import { configSchema, type FileConfig } from "./schema.ts";

/** Far more than a fleet of a thousand instances with a few aliases each, and no more than a moment. */
const MOST_ALIASES = 10_000;
/** Keys that lead to the deepest section with keys of its own. */
const DEEPEST = 2;

/** The file's settings with defaults filled in, or every fault at once, in the order of their lines. */
export function readConfigText(text: string): { settings: FileConfig } | { faults: Fault[] } {
	const read = readYaml(text, MOST_ALIASES);
	if ("faults" in read) return read;
	const at = read.lineOf;
	const raw = withoutExtensions(read.raw);
	const parsed = configSchema.safeParse(raw, { reportInput: true });
	const issues = parsed.success ? [] : allIssues(raw, parsed.error.issues);
	const faults = issues.flatMap((issue) => explain(issue, at));
	const all = [...faults, ...environmentFaults(raw, at)].toSorted((a, b) => a.line - b.line);
	return parsed.success && all.length === 0 ? { settings: parsed.data } : { faults: all };
}

/** Keys that begin with `x-` are the writer's own, as in Compose; a name of an instance may begin so. */
function withoutExtensions(value: unknown, path: Path = []): unknown {
	if (path.length > DEEPEST || !value || typeof value !== "object" || Array.isArray(value)) return value;
	const isOurs = keysAt(path).length === 0 ? () => true : (key: string) => !key.startsWith("x-");
	const kept = Object.entries(value).filter(([key]) => isOurs(key));
	return Object.fromEntries(kept.map(([key, inner]) => [key, withoutExtensions(inner, [...path, key])]));
}

/**
 * Where a driver is wrong, the schema says nothing of the rest of that instance: it is read again as the one that was
 * probably meant.
 */
function allIssues(raw: unknown, issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue[] {
	const unions = issues.filter((issue) => issue.code === "invalid_union" && issue.discriminator !== undefined);
	if (unions.length === 0) return [...issues];
	const guessed = structuredClone(raw);
	for (const { path } of unions) {
		const instance = path.slice(0, -1).reduce<unknown>((value, key) => Object(value)[key], guessed) as Record<
			string,
			unknown
		>;
		if (instance && typeof instance === "object" && !Array.isArray(instance))
			instance["driver"] = driverMeant(instance);
	}
	const again = configSchema.safeParse(guessed, { reportInput: true });
	const rest = again.success ? [] : again.error.issues.filter(({ code }) => code !== "invalid_union");
	return [...unions, ...rest];
}

/** The driver that an instance without a valid one probably has: by its name, else by what only a contract has. */
const driverMeant = (instance: Readonly<Record<string, unknown>>): string =>
	nearest(String(instance["driver"]), ["docker", "vast"]) ?? ("id" in instance ? "vast" : "docker");

function explain(issue: z.core.$ZodIssue, at: (path: Path) => number): Fault[] {
	if (issue.code === "unrecognized_keys")
		return issue.keys.map((key) => {
			const known = keysAt(issue.path);
			return {
				line: at([...issue.path, key]),
				key: dotted([...issue.path, key]),
				message: `unknown key${meant(key, known)}`,
			};
		});
	if (issue.code === "invalid_union" && issue.discriminator !== undefined) {
		const path = [...issue.path.slice(0, -1), issue.discriminator];
		const choices = choicesOf(path);
		const given = Object(issue.input)[issue.discriminator] as unknown;
		const found = given === undefined ? "it is missing" : `found ${shown(given)}`;
		const message = `expected one of ${choices.join(", ")}; ${found}${meant(String(given), choices)}`;
		return [{ line: at(path), key: dotted(path), message }];
	}
	return [{ line: at(issue.path), key: dotted(issue.path), message: faultText(issue) }];
}

/** Our secrets do not belong into cres.yaml, names that cres sets have their own settings, and a flag is on or off. */
function environmentFaults(raw: unknown, at: (path: Path) => number): Fault[] {
	const faultsOf = (path: Path, env: object, instance?: string): Fault[] =>
		Object.entries(env).flatMap(([name, value]) => {
			const message = nameFault(name) ?? managedFault(name, instance) ?? flagFault(name, value);
			return message ? [{ line: at([...path, name]), key: dotted([...path, name]), message }] : [];
		});
	return [
		...faultsOf(["env"], objectAt(raw, "env")),
		...Object.entries(servicesOf(raw)).flatMap(([name, one]) => clearSecrets(["control", "services", name], one, at)),
		...controlFaults(servicesOf(raw)).map(({ path, message }) => ({ line: at(path), key: dotted(path), message })),
		...Object.entries(objectAt(raw, "instances")).flatMap(([name, one]) =>
			faultsOf(["instances", name, "env"], objectAt(one, "env"), name),
		),
		...secretNameFaults(raw, at),
	];
}

/** A name under `secrets` reaches every container, over what cres sets. */
const secretNameFaults = (raw: unknown, at: (path: Path) => number): Fault[] =>
	Object.values(objectAt(raw, "secrets")).flatMap((name: unknown) => {
		const message = typeof name === "string" ? managedFault(name, undefined) : undefined;
		return message ? [{ line: at(["secrets"]), key: `secrets: ${String(name)}`, message }] : [];
	});

const servicesOf = (raw: unknown): object => objectAt(objectAt(raw, "control"), "services");

/** A service of the control plane gets its secrets by name, under `secrets`. */
const clearSecrets = (path: Path, service: unknown, at: (path: Path) => number): Fault[] =>
	Object.keys(objectAt(service, "env")).flatMap((name) => {
		const here = [...path, "env", name];
		const message = "a secret must not stand in cres.yaml; put the value into .env and the name under its secrets";
		return ENV[name]?.secret ? [{ line: at(here), key: dotted(here), message }] : [];
	});

function nameFault(name: string): string | undefined {
	if (!ENV[name]?.secret) return undefined;
	return "a secret must not stand in cres.yaml; put the value into .env and the name under secrets";
}

function flagFault(name: string, value: unknown): string | undefined {
	const { flag } = (RUNTIME_ENV as Readonly<Record<string, RuntimeVariable>>)[name] ?? {};
	if (!flag || typeof value !== "string" || parseFlag(value) !== undefined) return undefined;
	return `expected ${FLAG_FORM}; found ${JSON.stringify(value)}`;
}

const objectAt = (value: unknown, key: string): object => {
	const found = value && typeof value === "object" ? (value as Record<string, unknown>)[key] : undefined;
	return found && typeof found === "object" ? found : {};
};
