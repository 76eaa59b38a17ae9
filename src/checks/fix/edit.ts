import type { Fix } from "../triage-check.ts";

type Edit = NonNullable<Fix["edit"]>;

/**
 * A text with one line changed or taken out, its line ends and everything else as before. Undefined when the line does
 * not read `before` any more.
 */
export function edited(text: string, { line, before, after }: Edit): string | undefined {
	const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
	const parts = text.slice(mark.length).split(/(\r\n|\n|\r)/); // line, end, line, end, …
	const at = (line - 1) * 2;
	if (parts[at] !== before) return undefined;
	const changed = after === undefined ? parts.toSpliced(at, 2) : parts.with(at, after);
	return mark + changed.join("");
}

/** One edit as a unified diff with one line of context, for people and for `patch`. */
export function diffOf(text: string, { path, line, before, after }: Edit): string {
	const lines = text.split(/\r\n|\n|\r/);
	const above = line > 1 ? [` ${lines[line - 2]!}`] : [];
	const below = line < lines.length && !(line === lines.length - 1 && lines[line] === "") ? [` ${lines[line]!}`] : [];
	const context = above.length + below.length;
	const from = Math.max(1, line - above.length);
	const head = `@@ -${from},${context + 1} +${from},${context + (after === undefined ? 0 : 1)} @@`;
	return [
		...[`--- a/${path}`, `+++ b/${path}`, head, ...above, `-${before}`],
		...(after === undefined ? [] : [`+${after}`]),
		...below,
	].join("\n");
}
