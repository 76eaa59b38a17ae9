import { anchorsOf } from "./anchors.ts";
import type { Item, ListPart } from "./blocks.ts";
import { claimsOf } from "./claims.ts";
import { parse, type Entry, type PlanDocument } from "./document.ts";
import { idsOf } from "./ids.ts";
import { codeSpans, piecesOf, plainText } from "./inline.ts";
import type { Change, EntryModel, ExtraText, RollbackStep } from "./model.ts";
import { partsOf, type Extra, type Parts } from "./parts.ts";

/** docs/PLAN.md as data: its text, and what each entry says. */
export interface Plan {
	document: PlanDocument;
	entries: EntryModel[];
}

/**
 * Reads a text of docs/PLAN.md, whatever its form: BOM, CRLF, headings or bullets for sections, `*` bullets, dashes, comments,
 * code. It never fails: what is not known stands under `extra`. `only`: indexes of the entries that are wanted.
 */
export function readPlan(text: string, only?: readonly number[]): Plan {
	const document = parse(text);
	const anchors = anchorsOf(document).entries;
	const ids = idsOf(document.entries);
	const wanted = only ?? [...document.entries.keys()];
	return { document, entries: wanted.map((at) => modelOf(document.entries[at]!, ids[at]!, anchors[at]!)) };
}

const STAMP = /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:\s?(?:[+-]\d{2}:?\d{2}|Z|UTC))?/;
function modelOf(entry: Entry, id: string, anchor: string): EntryModel {
	const parts = partsOf(entry);
	const { lists } = parts;
	const texts = (label: keyof Parts["lists"]): string[] => (lists[label] ?? []).flatMap(textsOf);
	const [recorded, executedAt, by] = [stampIn(texts("recorded")), stampIn(texts("executed")), texts("by")[0]];
	return {
		...{ id, date: entry.date, title: plainText(entry.title), rawTitle: entry.title, anchor, lines: rangeOf(entry) },
		...(recorded === undefined ? {} : { recorded }),
		...(executedAt === undefined ? {} : { executedAt }),
		...(by === undefined ? {} : { by }),
		reverts: texts("reverts").flatMap(targetsOf),
		objective: texts("objective").join(" "),
		...{ rootCause: texts("rootCause"), constraints: texts("constraints") },
		changes: (lists.changes ?? []).map(changeOf),
		followUp: texts("followUp"),
		...claimsOf(lists.validation ?? []),
		rollback: (lists.rollback ?? []).map(stepOf),
		extra: parts.extra.map(extraOf),
	};
}

const stampIn = (texts: readonly string[]): string | undefined => STAMP.exec(texts[0] ?? "")?.[0];

/** The anchors of links, or what stands there. */
const targetsOf = (text: string): string[] => {
	const links = [...text.matchAll(/\]\(<?#([^()<>\s]{1,300})>?\)/g)].map(([, anchor]) => anchor!);
	return links.length > 0 ? links : [plainText(text)];
};

/** A point and those below it, from top to bottom. */
const textsOf = (part: ListPart): string[] =>
	part.kind === "raw" ? [part.text] : [...(part.text === "" ? [] : [part.text]), ...part.children.flatMap(textsOf)];

function changeOf(part: ListPart): Change {
	if (part.kind === "raw") return { line: part.line, paths: [], text: part.text, items: [] };
	const paths = pathsIn(part);
	return {
		...{ line: part.line, paths, text: part.text, items: part.children.flatMap(textsOf) },
		...(paths[0] === undefined ? {} : { path: paths[0] }),
	};
}

const FILE =
	/^(?=[^\s]*[./])(?![a-z]+:\/\/)(?!\.+$)[\w@.+~-]*(?:[/\\][\w@.+~ -]*)*$|^(?:Dockerfile|Makefile|Procfile|LICENSE)$/;

/** Files in the code spans at the beginning of a change: alone, with `(new)` behind, joined by ` + `, or before a colon. */
function pathsIn({ text }: Item): string[] {
	const paths: string[] = [];
	for (const [at, piece] of piecesOf(text).entries()) {
		if (piece.code !== (at % 2 === 0)) break;
		if (piece.code && FILE.test(piece.text)) paths.push(piece.text);
		else if (piece.code || !/^\s*(?:[+,&]|and)\s*$/.test(piece.text)) break;
	}
	return paths;
}

function stepOf(part: ListPart, at: number): RollbackStep {
	if (part.kind === "raw") return { n: at + 1, line: part.line, text: part.text, items: [] };
	return { n: part.n ?? at + 1, line: part.line, text: part.text, items: part.children.flatMap(textsOf) };
}

const extraOf = ({ heading, line, parts }: Extra): ExtraText => ({
	line,
	...(heading === null ? {} : { heading }),
	text: parts.flatMap(textsOf).join("\n"),
});

/** Blank lines at the end belong to nobody. */
function rangeOf({ text, line }: Entry): EntryModel["lines"] {
	const lines = text.trimEnd().split(/\r\n|\r|\n/).length;
	return { from: line, to: line + lines - 1 };
}

/** The files that an entry says it changed, each once. */
export const claimedPaths = ({ changes }: EntryModel): string[] => [
	...new Set(changes.flatMap(({ paths, items }) => [...paths, ...(paths.length > 0 ? [] : items.flatMap(pathAlone))])),
];

/** A point that is nothing but a file, below words such as `Updated commands in:`. */
const pathAlone = (text: string): string[] => {
	const [span = ""] = codeSpans(text);
	return `\`${span}\`` === text && FILE.test(span) ? [span] : [];
};
