/** Words that say nothing of what a text is about. */
const COMMON = new Set(
	(
		"a about after all also am an and any are as at be because been before being but by can could did do does doing don " +
		"down for from get go going got had has have he her here him his how i if in into is it its just know like ll m me " +
		"more most my no not now of off oh ok okay on one only or other our out over own re really right s same she should " +
		"so some such t than that the their them then there these they thing things think this those through to too up " +
		"us ve very want was way we well were what when where which while who why will with would yeah yes you your"
	).split(" "),
);

export interface Keyword {
	word: string;
	count: number;
	/** Share of the most frequent keyword's count, 0 to 1. */
	score: number;
	/** Seconds into the video where it is said first; null: not known. */
	start_time: number | null;
}

/** Words of a text in lower case, in their order. */
export const wordsOf = (text: string): string[] =>
	(text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? []).map((word) => word.replace(/['’].*$/u, ""));

/** The words that a text uses most, common ones left out; equally frequent ones in their order. */
export function frequentWords(text: string, most: number): { word: string; count: number }[] {
	const counts = new Map<string, number>();
	for (const word of wordsOf(text)) {
		if (word.length > 2 && !COMMON.has(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
	}
	return [...counts]
		.map(([word, count]) => ({ word, count }))
		.toSorted((a, b) => b.count - a.count)
		.slice(0, most);
}

/**
 * Sentences of a text; what has no full stop is cut at 300 characters. A run of marks counts up to 50 of them, so that the
 * time grows with the length of the text alone.
 */
export const sentencesOf = (text: string): string[] =>
	(
		text
			.replaceAll(/\s+/g, " ")
			.match(/.{1,300}?(?:[.!?…。！？]{1,50}(?=\s|$)|[。！？]|$)|.{1,300}(?=\s|$)|.{1,300}/gu) ?? []
	)
		.map((sentence) => sentence.trim())
		.filter(Boolean);
