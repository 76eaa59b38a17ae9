/** Smaller files cost little, whatever stands in them. */
const SMALL = 16_384;
const SAMPLES = 9;
const REPETITIVE = 6;
const SAMPLE = 512;
const LONGEST_LINE = 100_000;
/** Programs write these on one line, and parsers read them so. */
const ONE_LINE = /\.(?:json|jsonc|webmanifest|ipynb)$/i;

/**
 * Whether a text is data by its form, which no person wrote as a source: the same few characters over and over, or a line
 * of more than 100,000 characters.
 */
export const isData = (path: string, text: string): boolean =>
	text.length >= SMALL && (isRepetitive(text) || (!ONE_LINE.test(path) && hasLongLine(text)));

/** Samples from all over the text, of which most repeat what they begin with. */
function isRepetitive(text: string): boolean {
	const step = Math.floor((text.length - SAMPLE) / (SAMPLES - 1));
	const samples = Array.from({ length: SAMPLES }, (_, index) => text.slice(index * step, index * step + SAMPLE));
	return samples.filter((sample) => sample.includes(sample.slice(0, SAMPLE / 2), 1)).length >= REPETITIVE;
}

function hasLongLine(text: string): boolean {
	for (let at = 0; text.length - at > LONGEST_LINE;) {
		const end = Math.max(...["\n", "\r"].map((one) => text.lastIndexOf(one, at + LONGEST_LINE)));
		if (end < at) return true;
		at = end + 1;
	}
	return false;
}
