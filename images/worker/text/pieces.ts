/** Cuts a text into pieces of at most `most` characters, at the end of a sentence or between words where there is one. */
export function piecesOf(text: string, most: number): string[] {
	const pieces: string[] = [];
	let rest = text.trim();
	while (rest.length > most) {
		const at = cutOf(rest, most);
		pieces.push(rest.slice(0, at).trim());
		rest = rest.slice(at).trim();
	}
	if (rest !== "") pieces.push(rest);
	return pieces;
}

/** The last good place in the second half of what fits, never within a surrogate pair. */
function cutOf(text: string, most: number): number {
	const fitting = text.slice(0, most);
	const sentence = Math.max(...[". ", "? ", "! ", "。"].map((end) => fitting.lastIndexOf(end)));
	if (sentence > most / 2) return sentence + 1;
	const blank = fitting.lastIndexOf(" ");
	if (blank > most / 2) return blank;
	return /[\uD800-\uDBFF]$/.test(fitting) ? most - 1 : most;
}
