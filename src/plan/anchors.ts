import GithubSlugger, { slug } from "github-slugger";
import { blocksOf } from "./blocks.ts";
import type { PlanDocument } from "./document.ts";
import { BOM, headingLines, linesOf } from "./headings.ts";
import { plainText } from "./inline.ts";

/** Text of a heading on its line, without the marks. */
const headingText = (line: string): string =>
	line
		.replace(BOM, "")
		.replace(/^ {0,3}#{1,6}[ \t]*/, "")
		.replace(/[ \t]+#+[ \t]*(?=[\r\n]*$)/, "")
		.trim();

/** What GitHub makes of the text of a heading that no other heading has. */
export const anchorOf = (heading: string): string => slug(plainText(heading));

/** The anchors of a document as GitHub gives them: numbered where two headings are alike, in the order of the text. */
export interface Anchors {
	/** By the index of the entry. */
	entries: string[];
	/** Everything that a link of the document can lead to. */
	all: ReadonlySet<string>;
}

export function anchorsOf({ head, entries }: PlanDocument): Anchors {
	const slugger = new GithubSlugger();
	const add = (heading: string): string => slugger.slug(plainText(heading));
	const lines = linesOf(head);
	for (const at of headingLines(lines).keys()) add(headingText(lines[at]!));
	const found = entries.map((entry) => {
		const anchor = add(headingText(`${entry.date} - ${entry.title}`.replace(/^/, "## ")));
		for (const heading of headingsOf(entry)) add(heading);
		return anchor;
	});
	const named = [head, ...entries.map(({ text }) => text)].flatMap((text) =>
		text.includes("<a") ? [...text.matchAll(NAMED)].map(([, name]) => name!) : [],
	);
	return { entries: found, all: new Set([...Object.keys(slugger.occurrences), ...named]) };
}

const NAMED = /<a\s[^<>]{0,200}?(?:id|name)="([^"<>]{1,200})"/g;
/** A line that begins a heading, or underlines one. */
const MARKED = /^ {0,3}(?:#{1,6}(?:[ \t]|$)|(?:=+|-+)[ \t]*$)/;
const UNDERLINES = /^ {0,3}[=-]/;
/** A line that hides what follows. */
const HIDES = /^[ \t]*(?:```|~~~|<)/;

/** Headings below the one of an entry. Only a text in which something may hide or underline one is parsed. */
function headingsOf(entry: { text: string; line: number }): string[] {
	const lines = entry.text.split(/\r\n|\r|\n/).slice(1);
	const marked = lines.filter((line) => MARKED.test(line));
	if (marked.length === 0) return [];
	if (!marked.some((line) => UNDERLINES.test(line)) && !lines.some((line) => HIDES.test(line)))
		return marked.map(headingText);
	return blocksOf(entry).flatMap((one) => (one.kind === "heading" ? [one.text] : []));
}
