/** A piece of a line: inside of a code span, or outside. */
interface Piece {
	code: boolean;
	text: string;
}

/** A line by its code spans (CommonMark 0.31, section 6.1): a run of backticks is closed by a run of the same length. */
export function piecesOf(text: string): Piece[] {
	const runs = [...text.matchAll(/`+/g)].map(({ 0: { length }, index }) => ({ index, length }));
	const later = Map.groupBy(runs.keys(), (at) => runs[at]!.length);
	const pieces: Piece[] = [];
	let from = 0;
	for (let at = 0; at < runs.length; at++) {
		const { index, length } = runs[at]!;
		const escaped = isEscaped(text, index) ? 1 : 0; // a backslash takes one backtick away
		const same = later.get(length - escaped) ?? [];
		while (same.length > 0 && same[0]! <= at) same.shift();
		const close = same[0] === undefined ? undefined : runs[same[0]];
		if (!close) continue;
		pieces.push({ code: false, text: text.slice(from, index + escaped) });
		pieces.push({ code: true, text: spanText(text.slice(index + length, close.index)) });
		from = close.index + close.length;
		at = same[0]!;
	}
	return [...pieces, { code: false, text: text.slice(from) }].filter(({ code, text: one }) => code || one !== "");
}

/** An odd number of backslashes stands in front. */
function isEscaped(text: string, index: number): boolean {
	let from = index;
	while (text[from - 1] === "\\") from--;
	return (index - from) % 2 === 1;
}

/** One blank at both ends belongs to the marks. */
const spanText = (text: string): string => (/^ .*[^ ].* $/s.test(text) ? text.slice(1, -1) : text);

/** The texts of the code spans (CommonMark 0.31, "Code spans"). */
export const codeSpans = (text: string): string[] =>
	piecesOf(text).flatMap(({ code, text: one }) => (code ? [one] : []));

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00A0" };

const MARKS = /[\\`*_~[\]<>&]/;

/** Text as it is read: without the marks of code, links, emphasis, escapes and entities. */
export const plainText = (text: string): string =>
	MARKS.test(text)
		? piecesOf(text)
				.map(({ code, text: one }) => (code ? one : plainPiece(one)))
				.join("")
				.trim()
		: text.trim();

const plainPiece = (text: string): string =>
	text
		.replaceAll(/!?\[([^[\]]{0,500})\]\((?:<[^<>]{0,500}>|[^()\s]{0,500})\)/g, "$1")
		.replaceAll(/<\/?[A-Za-z][^<>]{0,500}>|<!--[^>]{0,500}-->/g, "")
		.replaceAll(/(?<!\\)(\*\*|__|~~)(?=\S)([^*_~]{1,500}?)(?<=\S)\1/g, "$2")
		.replaceAll(/(?<![\\*\w])\*(?=[^\s*])([^*]{1,500}?)(?<=[^\s*])\*(?![*\w])/g, "$1")
		.replaceAll(/(?<![\\_\w])_(?=[^\s_])([^_]{1,500}?)(?<=[^\s_])_(?![_\w])/g, "$1")
		.replaceAll(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|(amp|lt|gt|quot|apos|nbsp));/g, (_, decimal, hex, name) =>
			name ? ENTITIES[name as string]! : codePoint(decimal ? Number(decimal) : Number.parseInt(String(hex), 16)),
		)
		.replaceAll(/\\([!-/:-@[-`{-~])/g, "$1");

const codePoint = (code: number): string => (code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : "\uFFFD");
