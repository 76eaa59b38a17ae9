import { deeplyNested } from "../system/markdown-nodes.ts";
import { anchorsOf } from "./anchors.ts";
import { unsafeBecause } from "./commands.ts";
import { contentsOf } from "./contents.ts";
import type { PlanDocument } from "./document.ts";
import { lineNumber, linesOf } from "./headings.ts";
import { piecesOf, plainText } from "./inline.ts";
import type { EntryModel } from "./model.ts";
import type { Plan } from "./reader.ts";
import { secretLines } from "./refusals.ts";
import { zoneDrift } from "./zone.ts";

/** Everything that lint may say. `check-fails` needs --run, `claim-not-in-commit` git. */
export const DIAGNOSTICS = [
	...(["missing-section", "no-blank-before", "date-inversion", "toc-missing-row", "toc-order", "anchor-dead"] as const),
	...([
		"secret",
		"unsafe-command",
		"check-unparsable",
		"check-fails",
		"claim-not-in-commit",
		"zone-drift",
		"too-deep",
	] as const),
] as const;
export type DiagnosticCode = (typeof DIAGNOSTICS)[number];

export interface Diagnostic {
	code: DiagnosticCode;
	/** Counted from 1. */
	line: number;
	/** Id of the entry; null: the head. */
	entry: string | null;
	message: string;
}

/** What the text alone tells. */
export function lintPlan({ document, entries }: Plan): Diagnostic[] {
	const lines = linesOf(document.head + document.entries.map(({ text }) => text).join(""));
	const found = [
		...entries.flatMap((entry, at) => lintEntry(entry, document, at)),
		...lintContents(document, entries),
		...lintLinks(document, lines),
		...deeplyNested(lines).map((at) =>
			said("too-deep", lineNumber(lines, at), "lists or quotations are nested too deep here to be read"),
		),
		...secretLines(lines.join("")).map(({ line, what }) => said("secret", line, `${what} stands here`)),
		...zoneDrift(document.head, entries).map(({ line, message }) => said("zone-drift", line, message)),
	];
	return withEntries(found, entries);
}

const said = (code: DiagnosticCode, line: number, message: string): Diagnostic => ({
	code,
	line,
	entry: null,
	message,
});

/** In the order of the text, each with its entry. */
export function withEntries(found: readonly Diagnostic[], entries: readonly EntryModel[]): Diagnostic[] {
	const owner = (line: number): string | null => entries.findLast(({ lines: { from } }) => from <= line)?.id ?? null;
	return found
		.map((one) => ({ ...one, entry: owner(one.line) }))
		.toSorted((a, b) => a.line - b.line || a.code.localeCompare(b.code));
}

function lintEntry(entry: EntryModel, { head, entries }: PlanDocument, at: number): Diagnostic[] {
	const { from } = entry.lines;
	const above = at === 0 ? head : entries[at - 1]!.text;
	const earlier = at === 0 ? undefined : entries[at - 1]!.date;
	const glued = above.trim() !== "" && linesOf(above).at(-1)!.trim() !== "";
	return [
		...missing(entry).map((section) => said("missing-section", from, `${section} is missing`)),
		...(glued ? [said("no-blank-before", from, "no blank line stands above the heading")] : []),
		...(earlier !== undefined && entry.date > earlier
			? [said("date-inversion", from, `${entry.date} stands below ${earlier}`)]
			: []),
		...entry.unparsable.map(({ line, message }) => said("check-unparsable", line, message)),
		...entry.validation.flatMap(({ commandLines, commands }) =>
			commands.flatMap((command, index) => {
				const why = unsafeBecause(command);
				return why === undefined ? [] : [said("unsafe-command", commandLines[index]!, `\`${command}\` ${why}`)];
			}),
		),
	];
}

function missing({ objective, changes, validation, rollback }: EntryModel): string[] {
	const sections = { Objective: objective !== "", Changes: changes.length > 0, Validation: validation.length > 0 };
	return Object.entries({ ...sections, Rollback: rollback.length > 0 }).flatMap(([name, is]) => (is ? [] : [name]));
}

/** Rows against entries; the order of the rows is that of the entries. */
function lintContents(document: PlanDocument, entries: readonly EntryModel[]): Diagnostic[] {
	const contents = contentsOf(document);
	if (!contents) return [];
	const key = (date: string, title: string): string => `${date} ${title}`;
	const dateOf = (cells: readonly string[]): string => /\d{4}-\d{2}-\d{2}/.exec(cells.join(" "))?.[0] ?? "";
	const index = new Map(entries.map(({ date, title }, at) => [key(date, title), at]));
	const byAnchor = new Map(entries.map(({ anchor }, at) => [anchor, at]));
	const rows = contents.rows.map((row) => ({
		line: row.line,
		at: index.get(key(dateOf(row.cells), row.title)) ?? byAnchor.get(row.target ?? ""),
	}));
	const listed = new Set(rows.map(({ at }) => at));
	const inOrder = rows.filter(({ at }) => at !== undefined);
	return [
		...entries.flatMap(({ lines: { from } }, at) =>
			listed.has(at) ? [] : [said("toc-missing-row", from, "the table of contents has no row for it")],
		),
		...inOrder.flatMap(({ line, at }, row) =>
			row > 0 && at! < inOrder[row - 1]!.at!
				? [said("toc-order", line, "the row stands below one of an entry further down")]
				: [],
		),
	];
}

const LINK = /\]\((?:<#([^<>\r\n]{0,300})>|#([^\s()]{0,300}))\)/g;

/** Links inside the document that lead nowhere on GitHub. */
function lintLinks(document: PlanDocument, lines: readonly string[]): Diagnostic[] {
	const { all } = anchorsOf(document);
	return lines.flatMap((text, at) =>
		text.includes("](#") || text.includes("](<#")
			? targetsIn(text).flatMap((target) =>
					all.has(target) ? [] : [said("anchor-dead", lineNumber(lines, at), `#${target} leads nowhere`)],
				)
			: [],
	);
}

/** Links outside of code; a code span in the text of a link leaves its brackets. */
const targetsIn = (line: string): string[] => {
	const text = piecesOf(line)
		.map(({ code, text: one }) => (code ? "" : one))
		.join("");
	return [...text.matchAll(LINK)].map(([, angled, bare]) => decoded(angled ?? bare ?? ""));
};

function decoded(target: string): string {
	try {
		return decodeURIComponent(plainText(target));
	} catch {
		return target;
	}
}
