import { slug } from "github-slugger";
import { blocksOf } from "./blocks.ts";
import type { Entry, PlanDocument } from "./document.ts";
import { BOM, headHeadings, linesOf } from "./headings.ts";
import { plainText } from "./inline.ts";

/** Text of a heading on its line, without the marks. */
const headingText = (line: string): string =>
	line
		.replace(BOM, "")
		.replace(/^ {0,3}#{1,6}[ \t]*/, "")
		.replace(/[ \t]+#+[ \t]*(?=[\r\n]*$)/, "")
		.trim();

/** The anchors of a document as GitHub gives them: numbered where two headings are alike, in the order of the text. */
export interface Anchors {
	/** By the index of the entry. */
	entries: string[];
	/** Everything that a link of the document can lead to. */
	all: ReadonlySet<string>;
}

/** Numbers the headings of the whole document. */
export function anchorsOf({ head, entries }: PlanDocument): Anchors {
	const add = numberedSlugs();
	const lines = linesOf(head);
	const all = new Set([...headHeadings(lines).keys()].map((at) => add(headingText(lines[at]!))));
	const found = entries.map((entry) => {
		const anchor = add(headingText(`## ${entry.date} - ${entry.title}`));
		for (const heading of headingsOf(entry)) all.add(add(heading));
		return anchor;
	});
	for (const text of [head, ...entries.map((entry) => entry.text)])
		if (text.includes("<a")) for (const [, name] of text.matchAll(NAMED)) all.add(name!);
	return { entries: found, all: new Set([...all, ...found]) };
}

/** As github-slugger numbers them; it would make the slug of each heading again. */
function numberedSlugs(): (heading: string) => string {
	const slugs = new Map<string, string>();
	const seen = new Map<string, number>();
	return (heading) => {
		const base = slugs.get(heading) ?? slug(plainText(heading));
		slugs.set(heading, base);
		let anchor = base;
		while (seen.has(anchor)) {
			seen.set(base, seen.get(base)! + 1);
			anchor = `${base}-${seen.get(base)}`;
		}
		seen.set(anchor, 0);
		return anchor;
	};
}

const NAMED = /<a\s[^<>]{0,200}?(?:id|name)="([^"<>]{1,200})"/g;
/** A line that begins a heading. */
const HEADING = /[\r\n] {0,3}(#{1,6}(?:[ \t][^\r\n]*)?)(?=[\r\n]|$)/g;
/** A line that underlines a heading, or hides what follows. */
const DOUBTFUL = /[\r\n](?: {0,3}(?:=+|-+)[ \t]*(?:[\r\n]|$)|[ \t]*(?:```|~~~|<))/;

/** Headings below the one of an entry. Only a text in which something may hide or underline one is parsed. */
const headingsOf = (entry: Pick<Entry, "text" | "line">): string[] =>
	DOUBTFUL.test(entry.text)
		? blocksOf(entry).flatMap((one) => (one.kind === "heading" ? [one.text] : []))
		: [...entry.text.matchAll(HEADING)].map(([, line]) => headingText(line!));
