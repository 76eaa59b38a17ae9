import type { Transcript } from "../transcript.ts";
import { frequentWords, type Keyword, sentencesOf, wordsOf } from "./keywords.ts";

const KEYWORDS = 20;
const SENTENCES = 5;
/** Changes when the same transcripts give another sentence. */
const VERSION = "v1";

/** `combined-output.json`. */
export interface CombinedOutput {
	keywords: Keyword[];
	/** The sentence that holds most of the keywords. */
	sentence: string;
	key_sentences: string[];
	combined_video_url: null;
	/** The key sentences as one text. */
	recombined_sentence: string;
	sentence_version: string;
	/** No language model takes part. */
	llm: false;
	replaceCount: 0;
	/** Keywords that the key sentences hold. */
	coverage: string[];
}

/** What several transcripts have in common: frequent words, and the sentences that hold most of them. */
export function combine(transcripts: readonly Transcript[]): CombinedOutput {
	const text = transcripts.map((transcript) => transcript.text).join("\n");
	const keywords = keywordsOf(text, transcripts);
	const scores = new Map(keywords.map(({ word, score }) => [word, score]));
	const sentences = transcripts.flatMap((transcript) => sentencesOf(transcript.text));
	const best = sentences
		.map((sentence, at) => ({ sentence, at, worth: worthOf(sentence, scores) }))
		.toSorted((a, b) => b.worth - a.worth)
		.slice(0, SENTENCES);
	const inOrder = best.toSorted((a, b) => a.at - b.at).map(({ sentence }) => sentence);
	const said = new Set(wordsOf(inOrder.join(" ")));
	return {
		keywords,
		sentence: best[0]?.sentence ?? "",
		key_sentences: inOrder,
		combined_video_url: null,
		recombined_sentence: inOrder.join(" "),
		sentence_version: VERSION,
		llm: false,
		replaceCount: 0,
		coverage: keywords.map(({ word }) => word).filter((word) => said.has(word)),
	};
}

function keywordsOf(text: string, transcripts: readonly Transcript[]): Keyword[] {
	const frequent = frequentWords(text, KEYWORDS);
	const most = Math.max(1, frequent[0]?.count ?? 1);
	const segments = transcripts.flatMap((transcript) =>
		transcript.segments.map(({ start, text: said }) => ({ start, words: new Set(wordsOf(said)) })),
	);
	return frequent.map(({ word, count }) => ({
		word,
		count,
		score: Math.round((count / most) * 1_000) / 1_000,
		start_time: segments.find(({ words }) => words.has(word))?.start ?? null,
	}));
}

/** Long sentences do not win by length alone. */
function worthOf(sentence: string, scores: ReadonlyMap<string, number>): number {
	const words = wordsOf(sentence);
	const sum = [...new Set(words)].reduce((worth, word) => worth + (scores.get(word) ?? 0), 0);
	return words.length < 3 ? 0 : sum / Math.sqrt(words.length);
}
