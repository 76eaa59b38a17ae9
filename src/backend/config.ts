import { isMap, parseDocument } from "yaml";
import type { z } from "zod";
import { faultText } from "../system/schema-words.ts";
import { dotted, readYaml, renderFault, type Fault } from "../system/yaml-text.ts";
import { contradictions, type Contradiction } from "./contradictions.ts";
import { settingsSchema, type BackendSettings } from "./settings.ts";

/** Far more than the file of a hundred servers. */
const MOST_CHARACTERS = 1_000_000;
const MOST_ALIASES = 1_000;

/**
 * The settings with defaults filled in, or every fault at once, in the order of their lines. They are the whole text, or
 * `backend` of a cres.yaml.
 */
export function readBackendText(text: string): { settings: BackendSettings } | { faults: Fault[] } {
	if (text.length > MOST_CHARACTERS) return whole(`the file is larger than ${MOST_CHARACTERS} characters`);
	const read = readYaml(text, MOST_ALIASES);
	if ("faults" in read) return read;
	const section = sectionOf(read.raw);
	const raw = section.length === 0 ? read.raw : Object(read.raw)[SECTION];
	const parsed = settingsSchema.safeParse(raw, { reportInput: true });
	const issues = parsed.success ? [] : parsed.error.issues.flatMap(explained);
	const all = [...issues, ...contradictions(raw)].map(({ path, message }) => ({
		line: read.lineOf([...section, ...path]),
		key: dotted([...section, ...path]),
		message,
	}));
	if (parsed.success && all.length === 0) return { settings: parsed.data };
	return { faults: all.toSorted((a, b) => a.line - b.line) };
}

/** `backend.yaml:12 servers.broker.port: expected …`, one a line. */
export const renderFaults = (file: string, faults: readonly Fault[]): string =>
	faults.map((fault) => renderFault(file, fault)).join("\n");

const whole = (message: string): { faults: Fault[] } => ({ faults: [{ line: 1, key: "", message }] });

/** Of a cres.yaml; a file of its own has no such key. */
const SECTION = "backend";

const sectionOf = (raw: unknown): string[] => (Object.hasOwn(Object(raw) as object, SECTION) ? [SECTION] : []);

/** Whether the text of a cres.yaml has a backend, valid or not. */
export function hasBackend(text: string): boolean {
	const { contents } = parseDocument(text, { logLevel: "silent" });
	return isMap(contents) && contents.has(SECTION);
}

function explained(issue: z.core.$ZodIssue): Contradiction[] {
	if (issue.code === "unrecognized_keys")
		return issue.keys.map((key) => ({ path: [...issue.path, key], message: "unknown key" }));
	return [{ path: issue.path, message: faultText(issue) }];
}
