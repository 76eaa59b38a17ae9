import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fallbackSummary } from "../../../images/worker/text/fallback.ts";
import { frequentWords, sentencesOf } from "../../../images/worker/text/keywords.ts";
import { piecesOf } from "../../../images/worker/text/pieces.ts";

describe("text", () => {
	it("is cut between sentences, then between words, and nothing is lost", () => {
		expect(piecesOf("One two. Three four. Five", 12)).toEqual(["One two.", "Three four.", "Five"]);
		expect(piecesOf("alpha beta gamma", 11)).toEqual(["alpha beta", "gamma"]);
		const bare = (text: string) => text.replaceAll(/\s/g, "");
		fc.assert(
			fc.property(fc.string({ unit: "grapheme", maxLength: 500 }), fc.integer({ min: 20, max: 80 }), (text, most) => {
				const pieces = piecesOf(text, most);
				expect(bare(pieces.join(""))).toBe(bare(text));
				expect(pieces.every((piece) => piece.length <= most && piece.isWellFormed())).toBe(true);
			}),
		);
	});

	it("gives its sentences, and its frequent words without those that say nothing", () => {
		expect(sentencesOf("One. Two?  Three!\nfour")).toEqual(["One.", "Two?", "Three!", "four"]);
		expect(frequentWords("The worker polls, and the worker's image is built.", 2)).toEqual([
			{ word: "worker", count: 2 },
			{ word: "polls", count: 1 },
		]);
	});

	it("has a summary without a model, also where it is long and without a full stop", () => {
		const { summary, keywords } = fallbackSummary("word ".repeat(40_000));
		expect(summary.length).toBeLessThanOrEqual(600);
		expect(keywords).toEqual(["word"]);
		expect(fallbackSummary("")).toEqual({ summary: "", keywords: [] });
	});

	it.each([
		["marks", (size: number) => `${"!".repeat(size)}a`],
		["marks among words", (size: number) => "ab!?!?!?!?…。 ".repeat(size / 12)],
		["words without an end", (size: number) => "word ".repeat(size / 5)],
		["one word", (size: number) => "x".repeat(size)],
		["blanks", (size: number) => `${" ".repeat(size)}a`],
		["words and runs of marks", (size: number) => `a ${"!".repeat(299)}b `.repeat(size / 303)],
	])("A17: takes time that grows with its length alone: %s", (_case, textOf) => {
		/** Milliseconds of the processor for so many texts of a size: what else runs on the machine does not count. */
		const cost = (size: number, count: number) => {
			const text = textOf(size);
			const times = Array.from({ length: 3 }, () => {
				const before = process.threadCpuUsage();
				for (let done = 0; done < count; done++) {
					sentencesOf(text);
					frequentWords(text, 5);
					piecesOf(text, 1_000);
				}
				const { user, system } = process.threadCpuUsage(before);
				return (user + system) / 1_000;
			});
			return Math.min(...times);
		};
		// The same number of characters takes 16 times as long in one text where the time grows with the square. The
		// system counts in steps of a few milliseconds.
		expect(cost(320_000, 1) / Math.max(cost(20_000, 16), 8)).toBeLessThan(5);
	});
});
