/** The width of a terminal that nobody has widened. */
export const COLUMNS = 80;

const GAP = 2;
/** Longest cell that stays in one piece, such as `3 min ago`. */
const SHORT = 12;

export interface TableOptions {
	/** Columns of the screen; default: 80. */
	columns?: number | undefined;
	/** Headers of columns that are left out of a table that is too wide, the least important first. */
	drop?: readonly string[];
	/** Headers of columns whose cells stay in one piece, however narrow the screen is. */
	whole?: readonly string[];
}

/**
 * Columns padded to their widest cell, two blanks between, no trailing blanks. A table that is too wide loses the columns
 * of `drop`, one by one; then its widest columns are wrapped.
 */
export function table(
	headers: readonly string[],
	rows: readonly (readonly string[])[],
	{ columns = COLUMNS, drop = [], whole = [] }: TableOptions = {},
): string {
	const [first] = drop;
	if (first !== undefined && total(widthsOf([headers, ...rows])) > columns) {
		const kept = (line: readonly string[]) => line.filter((_, at) => headers[at] !== first);
		return table(kept(headers), rows.map(kept), { columns, drop: drop.slice(1), whole });
	}
	const inOne = headers.map((header) => whole.includes(header));
	const widths = shrunk([headers, ...rows], columns, inOne);
	return [headers, ...rows].flatMap((line) => linesOf(line, widths)).join("\n");
}

const widthsOf = (lines: readonly (readonly string[])[]): number[] =>
	(lines[0] ?? []).map((_, at) => Math.max(...lines.flatMap((line) => (line[at] ?? "").split("\n").map(lengthOf))));

const lengthOf = ({ length }: string): number => length;
const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width + GAP, -GAP);

/** The widest column gives way first, while it can be broken between words; none becomes narrower than its header. */
function shrunk(lines: readonly (readonly string[])[], columns: number, inOne: readonly boolean[]): number[] {
	const words = lines.map((line) => line.map((cell) => (cell.length > SHORT ? cell.replaceAll(" ", "\n") : cell)));
	const widest = widthsOf(lines);
	const floors = (of: readonly number[]) => of.map((width, at) => (inOne[at] ? widest[at]! : width));
	const between = narrowed(widest, floors(widthsOf(words)), columns);
	return narrowed(between, floors(widthsOf(lines.slice(0, 1))), columns);
}

function narrowed(from: readonly number[], floors: readonly number[], columns: number): number[] {
	const widths = [...from];
	for (let excess = total(widths) - columns; excess > 0; excess--) {
		const spare = widths.map((width, at) => (width > Math.max(1, floors[at]!) ? width : 0));
		const widest = spare.indexOf(Math.max(...spare));
		if (spare[widest] === 0) break;
		widths[widest]!--;
	}
	return widths;
}

function linesOf(cells: readonly string[], widths: readonly number[]): string[] {
	const wrapped = widths.map((width, at) => wrap(cells[at] ?? "", width));
	return Array.from({ length: Math.max(...wrapped.map((lines) => lines.length)) }, (_, row) =>
		wrapped
			.map((lines, at) => (lines[row] ?? "").padEnd(widths[at]!))
			.join(" ".repeat(GAP))
			.trimEnd(),
	);
}

/** Lines of at most `width` characters, broken at blanks, else behind punctuation, else anywhere. */
export const wrap = (text: string, width: number): string[] =>
	text.split("\n").flatMap((line) => wrapLine(line, width));

function wrapLine(text: string, width: number): string[] {
	if (text.length <= width) return [text];
	const at = breakOf(text, width);
	return [text.slice(0, at).trimEnd(), ...wrapLine(text.slice(at).trimStart(), width)];
}

function breakOf(text: string, width: number): number {
	const blank = text.lastIndexOf(" ", width);
	if (blank > 0) return blank;
	const mark = /^.*[/@,:+._-]/.exec(text.slice(0, width));
	return mark ? mark[0].length : width;
}

/** `1 check`, `2,164 files`, `3 entries`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
	`${inThousands(count)} ${count === 1 ? one : many}`;

/** A whole number as `2,164`; Intl would take longer for it than most commands. */
const inThousands = (count: number): string => String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");

/** Milliseconds as `140 ms`, `2.3 s`, `4 min 5 s`. */
export function seconds(ms: number): string {
	if (ms < 1000) return `${Math.round(ms)} ms`;
	if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
	return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Age in milliseconds as `now`, `12 s ago`, `3 min ago`, `2 h ago`, `5 d ago`. */
export const ago = (ms: number): string => (ms < 1500 ? "now" : `${span(ms)} ago`);

/** Milliseconds roughly, as `12 s`, `3 min`, `2 h`, `5 d`. */
export function span(ms: number): string {
	if (ms < 90_000) return `${Math.round(ms / 1000)} s`;
	if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
	if (ms < 129_600_000) return `${Math.round(ms / 3_600_000)} h`;
	return `${Math.round(ms / 86_400_000)} d`;
}

/** Bytes as `512 B`, `12.3 kB`, `330.2 MB` (powers of 1000). */
export function bytes(count: number): string {
	const units = ["B", "kB", "MB", "GB", "TB"];
	const power = Math.min(units.length - 1, count < 1 ? 0 : Math.floor(Math.log10(count) / 3));
	return power === 0 ? `${count} B` : `${(count / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/** `sha256:0123…` shortened for people. */
export const shortDigest = (digest: string): string => digest.slice(0, 19);

/** One word for POSIX shells and PowerShell. */
export const shellWord = (text: string): string =>
	/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
