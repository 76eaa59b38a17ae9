import { frequentWords, sentencesOf } from "./keywords.ts";

const SENTENCES = 3;
const CHARACTERS = 600;
const KEYWORDS = 8;

/** Summary and keywords without a language model: the first sentences and the most frequent words. */
export function fallbackSummary(text: string): { summary: string; keywords: string[] } {
	// What follows does not change the first sentences.
	const first = sentencesOf(text.slice(0, 4 * CHARACTERS)).slice(0, SENTENCES);
	return {
		summary: Array.from(first.join(" ")).slice(0, CHARACTERS).join(""),
		keywords: frequentWords(text, KEYWORDS).map(({ word }) => word),
	};
}
