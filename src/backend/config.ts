import { LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit, type Document } from "yaml";
import type { z } from "zod";
import { contradictions, type Contradiction } from "./contradictions.ts";
import { settingsSchema, type BackendSettings } from "./settings.ts";

/** Far more than the file of a hundred servers. */
const MOST_CHARACTERS = 1_000_000;
const MOST_ALIASES = 1_000;
/** Of a value in a message. */
const MOST_SHOWN = 80;

/** One thing wrong in a backend's file. */
export interface BackendFault {
	/** Counted from 1. */
	line: number;
	/** `servers.broker.port`; empty for the file as a whole. */
	key: string;
	message: string;
}

/**
 * The settings with defaults filled in, or every fault at once, in the order of their lines. They are the whole text, or
 * `backend` of a cres.yaml.
 */
export function readBackendText(text: string): { settings: BackendSettings } | { faults: BackendFault[] } {
	if (text.length > MOST_CHARACTERS) return whole(`the file is larger than ${MOST_CHARACTERS} characters`);
	const lines = new LineCounter();
	const source = text.replace(/^\uFEFF/, "");
	const document = parseDocument(source, { lineCounter: lines, merge: true, prettyErrors: false, logLevel: "error" });
	if (document.errors.length > 0)
		return {
			faults: document.errors.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line || 1, key: "", message })),
		};
	const loose = danglingAliases(document, lines);
	if (loose.length > 0) return { faults: loose };
	const read = valueOf(document);
	if ("faults" in read) return read;
	const section = sectionOf(document);
	const raw = section.length === 0 ? read.value : Object(read.value)[SECTION];
	const parsed = settingsSchema.safeParse(raw, { reportInput: true });
	const issues = parsed.success ? [] : parsed.error.issues.flatMap(explained);
	const all = [...issues, ...contradictions(raw)].map(({ path, message }) => ({
		line: lineOf(document, lines, [...section, ...path]),
		key: [...section, ...path].map(String).join("."),
		message,
	}));
	if (parsed.success && all.length === 0) return { settings: parsed.data };
	return { faults: all.toSorted((a, b) => a.line - b.line) };
}

/** `backend.yaml:12 servers.broker.port: expected …`, one a line. */
export const renderFaults = (file: string, faults: readonly BackendFault[]): string =>
	faults.map(({ line, key, message }) => `${file}:${line} ${key === "" ? "" : `${key}: `}${message}`).join("\n");

const whole = (message: string): { faults: BackendFault[] } => ({ faults: [{ line: 1, key: "", message }] });

/** Of a cres.yaml; a file of its own has no such key. */
const SECTION = "backend";

const sectionOf = ({ contents }: Document): string[] => (isMap(contents) && contents.has(SECTION) ? [SECTION] : []);

/** Whether the text of a cres.yaml has a backend, valid or not. */
export const hasBackend = (text: string): boolean => sectionOf(parseDocument(text, { logLevel: "silent" })).length > 0;

function valueOf(document: Document): { value: unknown } | { faults: BackendFault[] } {
	try {
		return { value: document.toJS({ maxAliasCount: MOST_ALIASES }) ?? {} };
	} catch (error) {
		// More aliases than the library expands, or a merge of what is no mapping.
		return whole(error instanceof Error ? error.message : String(error));
	}
}

/** Aliases without an anchor above them: the library throws at the first, without a line. */
function danglingAliases(document: Document, lines: LineCounter): BackendFault[] {
	const anchors = new Set<string>();
	const faults: BackendFault[] = [];
	visit(document, {
		Node(_, node) {
			if (isAlias(node)) {
				if (anchors.has(node.source)) return;
				const { line } = lines.linePos(node.range![0]);
				faults.push({ line, key: "", message: `the alias *${node.source} has no anchor &${node.source} above it` });
			} else if (node.anchor) anchors.add(node.anchor);
		},
	});
	return faults;
}

function explained(issue: z.core.$ZodIssue): Contradiction[] {
	if (issue.code === "unrecognized_keys")
		return issue.keys.map((key) => ({ path: [...issue.path, key], message: "unknown key" }));
	if (issue.code === "invalid_key") return issue.issues.map(({ message }) => ({ path: issue.path, message }));
	const observed = issue.input === undefined ? "it is missing" : `found ${shown(issue.input)}`;
	return [{ path: issue.path, message: `${expected(issue)}; ${observed}` }];
}

const TYPES: Readonly<Record<string, string>> = { record: "a mapping", object: "a mapping", array: "a list" };

function expected(issue: z.core.$ZodIssue): string {
	if (issue.code === "invalid_type") return `expected ${TYPES[issue.expected] ?? issue.expected}`;
	if (issue.code === "invalid_value") return `expected one of ${issue.values.map(String).join(", ")}`;
	return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}

function shown(value: unknown): string {
	const text = JSON.stringify(value) ?? String(value);
	return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
	for (let length = path.length; length > 0; length--) {
		const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
		const key = path[length - 1]!;
		const item = isSeq(parent) ? parent.items[Number(key)] : keyNode(parent, key);
		if (isNode(item) && item.range) return lines.linePos(item.range[0]).line;
	}
	return 1;
}

const keyNode = (parent: unknown, key: PropertyKey): unknown =>
	isMap(parent)
		? parent.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key))?.key
		: undefined;
