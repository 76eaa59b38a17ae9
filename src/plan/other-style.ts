import { blockTree, headHeadings, lineNumber, linesOf } from "./headings.ts";

const MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?";
/** A day in one of the forms that people write: 2026-01-31, 31.1.2026, 20260131, 31 January 2026, January 31, 2026. */
const DAY = [
	"(?<!\\d)\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}(?!\\d)",
	"(?<!\\d)\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{4}(?!\\d)",
	"(?<!\\d)(?:19|20)\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])(?!\\d)",
	`\\b\\d{1,2}(?:st|nd|rd|th|\\.)?\\s+${MONTH},?\\s+\\d{4}\\b`,
	`\\b${MONTH}\\s+\\d{1,2}(?:st|nd|rd|th)?,?\\s+\\d{4}\\b`,
	"\\d{4}\\s*年",
].join("|");
/** A heading that names a day; what is said of a day, as in `Status of 2026-01-31`, is no entry of it. */
const DATED = new RegExp(`(?<!\\b(?:of|since|until|by|before|after)\\s+)(?:${DAY})`, "i");
/** A point of a list, or a paragraph, that begins with a day. */
const BEGINS = new RegExp(`^\\s*(?:(?:[-*+]|\\d{1,9}[.)])\\s+)?[\\s*_\`~[(]*(?:${DAY})`, "i");
/** A table of contents leads to the entries. */
const LEADS = /\]\(#/;

/** YAML above a document: three dashes in its first line, a key, and up to three dashes more. */
const FRONT_MATTER =
	/^\uFEFF?---[ \t]*(?:\r\n|\r|\n)["']?[\w-]+["']?[ \t]*:[^]*?(?:\r\n|\r|\n)(?:---|\.\.\.)[ \t]*(?=[\r\n]|$)/;

/** Where the front matter of a text ends; 0 where it has none. */
export const frontMatterEnd = (text: string): number => FRONT_MATTER.exec(text)?.[0].length ?? 0;

/**
 * The line of the first entry of another form than ours in what stands above our entries, counted from 1. Where we have
 * none, points of lists and paragraphs that begin with a day are entries too.
 */
export function otherEntry(head: string, hasOurs: boolean): number | undefined {
	const end = frontMatterEnd(head);
	const lines = linesOf(head.slice(end));
	const above = linesOf(head.slice(0, end)).length - (end > 0 ? 1 : 0);
	const [first, ...rest] = [...headHeadings(lines)].map(([at, level]) => ({ at, level }));
	const headings = [...(first && first.level > 1 ? [first] : []), ...rest].map(({ at }) => at);
	const found = [
		...headings.filter((at) => DATED.test(lines[at]!)),
		...(hasOurs ? [] : beginnings(lines).filter((at) => BEGINS.test(lines[at]!) && !LEADS.test(lines[at]!))),
	];
	return found.length === 0 ? undefined : lineNumber(lines, Math.min(...found)) + above;
}

/** The lines at which paragraphs and points of lists begin that stand in no other block. */
function beginnings(lines: readonly string[]): number[] {
	const bare = lines.map((line) => line.replace(/^\uFEFF|[\r\n]+$/g, ""));
	const starts = new Map<number, number>();
	let offset = 0;
	for (const [at, line] of bare.entries()) {
		starts.set(offset, at); // where the parser has a point begin, also one that is indented
		starts.set(offset + /^ {0,3}/.exec(line)![0].length, at);
		offset += line.length + 1;
	}
	const found: number[] = [];
	for (let node = blockTree(bare.join("\n")).firstChild; node; node = node.nextSibling)
		for (
			let part = node.name.endsWith("List") ? node.firstChild : node;
			part;
			part = part === node ? null : part.nextSibling
		)
			if (part.name === "ListItem" || part.name === "Paragraph") found.push(starts.get(part.from) ?? -1);
	return found.filter((at) => at >= 0);
}
