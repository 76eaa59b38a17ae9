import { parse, type Entry } from "../../plan/document.ts";

/** A heading with a day in any place: `## 2026-02-12: Title`, `### [2026-02-12] Title`, `## Title (2026-02-12)`. */
const HEADING = /^(#{2,3})\s+(?=[^\n]*\b(\d{4}-\d{2}-\d{2})\b)(.+?)\s*$/;
/** `**Changes.** text`, `**Validation**: text`; what stands behind it. */
const LABEL =
	/^\*\*(Objective|Goal|Root cause|Cause|Changes?|Actions?|Validation|Verification|Rollback|Risks?|Notes?)[.:]?\*\*[.:]?[ \t]*(.*)$/i;

/** The entries of a PLAN.md, of our form or with bold labels; each line stays a line. The last one of the file first where the file grows at its end. */
export function planEntries(text: string, newest: number): Entry[] {
	const ours = parse(text).entries;
	const written = ours.length > 0 ? ours : otherEntries(text);
	const grows = (written[0]?.date ?? "") < (written.at(-1)?.date ?? "");
	return (grows ? written.toReversed() : written)
		.toSorted((a, b) => b.date.localeCompare(a.date))
		.slice(0, newest)
		.map((entry) => (entry.text.includes("**") ? { ...entry, text: labelled(entry.text) } : entry));
}

function otherEntries(text: string): Entry[] {
	const lines = text.split(/\r\n|\n|\r/);
	let fenced = false;
	const heads = lines.flatMap((line, index) => {
		if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
		const [, sign, date, title] = fenced ? [] : (HEADING.exec(line) ?? []);
		return sign === undefined ? [] : [{ index, depth: sign.length, date: date!, title: title! }];
	});
	const depth = Math.min(...heads.map((one) => one.depth));
	const own = heads.filter((one) => one.depth === depth);
	return own.map(({ index, date, title }, at): Entry => {
		const rest = title.replace(/\[?\(?\b\d{4}-\d{2}-\d{2}\b\)?\]?/, "").replaceAll(/^[\s:–—-]+|[\s:–—-]+$/g, "");
		return { date, title: rest, line: index + 1, text: lines.slice(index, own[at + 1]?.index).join("\n") };
	});
}

/** With labels as items of a list, and the lists below them a step further in. */
function labelled(text: string): string {
	let inside = false;
	return text
		.split(/\r\n|\n|\r/)
		.map((line) => {
			const [, label, rest] = LABEL.exec(line) ?? [];
			if (label !== undefined) inside = true;
			else if (line.startsWith("#")) inside = false;
			if (label !== undefined) return `- ${label}: ${rest!}`.trimEnd();
			return inside && /^\s*[-*]\s/.test(line) ? `  ${line}` : line;
		})
		.join("\n");
}
