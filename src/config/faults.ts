import {
	LineCounter,
	isAlias,
	isMap,
	isNode,
	isScalar,
	isSeq,
	parseDocument,
	visit,
	type Document,
	type Node,
} from "yaml";
import type { z } from "zod";
import { FLAG_FORM, parseFlag } from "../contracts/flag.ts";
import { RUNTIME_ENV, type RuntimeVariable } from "../contracts/runtime-env.ts";
import { nearest } from "../system/nearest.ts";
import { controlFaults } from "./control-faults.ts";
import { ENV } from "./env.ts";
import { choicesOf, keysAt, type Path } from "./schema-at.ts";
import { managedFault } from "./managed.ts";
import { configSchema, type FileConfig } from "./schema.ts";

/** Far more than a fleet of a thousand instances with a few aliases each, and no more than a moment. */
const MOST_ALIASES = 10_000;
/** Of a value in a message. */
const MOST_CHARACTERS = 120;
/** Keys that lead to the deepest section with keys of its own. */
const DEEPEST = 2;

/** One thing wrong in cres.yaml. */
export interface Fault {
	/** Counted from 1. */
	line: number;
	/** `instances.cpu-1.port`; empty for the file as a whole. */
	key: string;
	/** What is wrong and what was expected. */
	message: string;
}

/** The file's settings with defaults filled in, or every fault at once, in the order of their lines. */
export function readConfigText(text: string): { settings: FileConfig } | { faults: Fault[] } {
	const lines = new LineCounter();
	const document = parseDocument(text.replace(/^\uFEFF/, ""), {
		lineCounter: lines,
		merge: true,
		prettyErrors: false,
		logLevel: "error",
	});
	const at = (path: Path): number => lineOf(document, lines, path);
	if (document.errors.length > 0)
		return {
			faults: document.errors.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line || 1, key: "", message })),
		};
	const read = valueOf(document, lines);
	if ("faults" in read) return read;
	const raw = withoutExtensions(read.raw);
	const parsed = configSchema.safeParse(raw, { reportInput: true });
	const issues = parsed.success ? [] : allIssues(raw, parsed.error.issues);
	const faults = issues.flatMap((issue) => explain(issue, at));
	const all = [...faults, ...environmentFaults(raw, at)].toSorted((a, b) => a.line - b.line);
	return parsed.success && all.length === 0 ? { settings: parsed.data } : { faults: all };
}

/** `cres.yaml:12 instances.cpu-1.prot: unknown key; did you mean port?` */
export const renderFault = (file: string, { line, key, message }: Fault): string =>
	`${file}:${line} ${key === "" ? "" : `${key}: `}${message}`;

/** Faults of references show only when the value is asked for; the library throws at the first, without a line. */
function valueOf(document: Document, lines: LineCounter): { raw: unknown } | { faults: Fault[] } {
	const faults = referenceFaults(document, lines);
	if (faults.length > 0) return { faults };
	try {
		return { raw: document.toJS({ maxAliasCount: MOST_ALIASES }) ?? {} };
	} catch (error) {
		if (!(error instanceof ReferenceError)) throw error; // more aliases than the library expands
		return { faults: [{ line: 1, key: "", message: error.message }] };
	}
}

/** Aliases without an anchor, or inside of it, and merge keys over what is no mapping. */
function referenceFaults(document: Document, lines: LineCounter): Fault[] {
	const faults: Fault[] = [];
	const anchors = new Map<string, Node>();
	const add = (node: Node, message: string) =>
		faults.push({ line: lines.linePos(node.range![0]).line, key: "", message });
	const meant = (node: unknown): unknown => (isAlias(node) ? anchors.get(node.source) : node);
	visit(document, {
		Value(_, node) {
			if (node.anchor) anchors.set(node.anchor, node);
		},
		Alias(_, alias, ancestors) {
			const target = anchors.get(alias.source);
			if (!target) add(alias, `the alias *${alias.source} has no anchor: there is no &${alias.source} above it`);
			else if (ancestors.includes(target))
				add(alias, `the alias *${alias.source} is inside the value that it refers to`);
		},
		Pair(_, { key, value }) {
			if (!isScalar(key) || typeof key.value !== "symbol") return;
			const source = meant(value);
			const parts = isSeq(source) ? source.items : [source];
			if (source && !parts.every((part) => isMap(meant(part) ?? part) || isAlias(part)))
				add(key, "<< takes a mapping, an alias of one, or a list of them");
		},
	});
	return faults;
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
	const observed = issue.input === undefined ? "it is missing" : `found ${shown(issue.input)}`;
	return [{ line: at(issue.path), key: dotted(issue.path), message: `${expectation(issue)}; ${observed}` }];
}

/** A value as JSON, cut where it is long. */
function shown(value: unknown): string {
	const text = JSON.stringify(value) ?? String(value);
	return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}

/** `; did you mean port?`, or nothing when no word is near. */
function meant(word: string, known: readonly string[]): string {
	const found = nearest(word, known);
	return found === undefined ? "" : `; did you mean ${found}?`;
}

function expectation(issue: z.core.$ZodIssue): string {
	if (issue.code === "invalid_type") return `expected ${issue.expected}`;
	if (issue.code === "invalid_value") return `expected one of ${issue.values.map(String).join(", ")}`;
	if (issue.code === "invalid_format")
		return `expected ${issue.message.replace(/^Invalid string: must /, "a string that must ")}`;
	return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
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

const dotted = (path: Path): string => path.map(String).join(".");

function lineOf(document: Document, lines: LineCounter, path: Path): number {
	for (let length = path.length; length > 0; length--) {
		const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
		const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === String(path[length - 1])) : undefined;
		if (pair && isNode(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
	}
	return 1;
}
