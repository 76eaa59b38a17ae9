import { isDeepStrictEqual } from "node:util";
import type { Item, ListPart } from "./blocks.ts";
import { parse, type Entry } from "./document.ts";
import { WORD, type Label } from "./labels.ts";
import { partsOf, type Extra, type Parts } from "./parts.ts";

const INDENT = 2;

/** Labels above the validation, in their order. */
const ABOVE: readonly Label[] = [
	...(["recorded", "executed", "by", "reverts", "objective"] as const),
	...(["constraints", "rootCause", "changes", "followUp"] as const),
];

/** A line that is broken on purpose, and goes on: texts are on one line. */
const HARD_BREAK = /(?: {2}|\\)(?:\r\n|\r|\n)[ \t]*(?![ \t\r\n]|[-*+#>|<]|\d+[.)]|```|$)/;

/**
 * An entry in the canonical form, in the line ends `end`: blank lines around headings, one list above the validation, headings
 * for validation and rollback, the latter numbered. Undefined when that would say something else than the entry does.
 */
export function canonicalEntry(entry: Pick<Entry, "text" | "line" | "date" | "title">, end = "\n"): string | undefined {
	if (HARD_BREAK.test(entry.text)) return undefined;
	const parts = partsOf(entry);
	const text = `${linesOf(entry, parts)
		.join("\n")
		.replaceAll(/\n{3,}/g, "\n\n")
		.trimEnd()}\n`;
	const [again, ...more] = parse(text).entries;
	if (!again || more.length > 0 || again.title !== entry.title || again.date !== entry.date) return undefined;
	const same = isDeepStrictEqual(contentOf(partsOf({ text, line: entry.line })), contentOf(parts));
	return same ? text.replaceAll("\n", end) : undefined;
}

function linesOf({ date, title }: Pick<Entry, "date" | "title">, parts: Parts): string[] {
	const { lists, extra } = parts;
	const extras = (above: boolean): string[] => extra.filter((one) => one.above === above).flatMap(extraLines);
	return [
		...[`## ${date} - ${title}`, ""],
		...ABOVE.flatMap((label) => labelLines(label, parts)),
		...extras(true),
		...[
			"",
			`### ${headingOf("validation", parts)}`,
			"",
			...(lists.validation ?? []).flatMap((part) => bullet(part, 0)),
			"",
		],
		...[`### ${headingOf("rollback", parts)}`, "", ...numbered(lists.rollback ?? []), ""],
		...extras(false),
	];
}

const headingOf = (label: Label, { qualifiers }: Parts): string =>
	qualifiers[label] === undefined ? WORD[label] : `${WORD[label]} (${qualifiers[label]})`;

/** One point without others below it stands behind its label; a change has a line of its own. */
function labelLines(label: Label, parts: Parts): string[] {
	const list = parts.lists[label];
	if (!list || list.length === 0) return [];
	const head = `- ${headingOf(label, parts)}:`;
	const [only] = list;
	const inline = list.length === 1 && only!.kind === "item" && only!.children.length === 0 && label !== "changes";
	return inline ? [`${head} ${(only as Item).text}`] : [head, ...list.flatMap((part) => bullet(part, INDENT))];
}

function bullet(part: ListPart, indent: number): string[] {
	if (part.kind === "raw") return ["", ...part.text.split("\n").map((line) => indented(line, indent)), ""];
	const mark = part.n === null ? "- " : `${part.n}. `;
	const children = part.children.flatMap((child) => bullet(child, indent + mark.length));
	return [indented(`${mark}${part.text}`.trimEnd(), indent), ...children];
}

const numbered = (list: readonly ListPart[]): string[] => {
	let n = 0;
	return list.flatMap((part) => bullet(part.kind === "raw" ? part : { ...part, n: ++n }, 0));
};

const indented = (line: string, indent: number): string => (line === "" ? "" : " ".repeat(indent) + line);

function extraLines({ heading, parts }: Extra): string[] {
	const body = parts.flatMap((part) => (isParagraph(part) ? ["", (part as Item).text, ""] : bullet(part, 0)));
	return heading === null ? body : ["", heading, "", ...body, ""];
}

const isParagraph = (part: ListPart): boolean => part.kind === "item" && part.paragraph === true;

/** What an entry says, without its lines and marks. */
function contentOf({ lists, qualifiers, extra }: Parts): unknown {
	const { executed = [], recorded = [], rollback = [], ...others } = lists;
	const filled = Object.entries(others).filter(([, list]) => list.length > 0);
	return {
		stamps: [...recorded, ...executed].map(bare),
		lists: Object.fromEntries(filled.map(([label, list]) => [label, list.map(bare)])),
		rollback: rollback.map((part) => (part.kind === "item" ? { ...(bare(part) as object), n: null } : bare(part))),
		qualifiers,
		extra: extra.map(({ heading, parts }) => [heading, parts.map(bare)]),
	};
}

const bare = (part: ListPart): unknown =>
	part.kind === "raw" ? { raw: part.text } : { n: part.n, text: part.text, children: part.children.map(bare) };
