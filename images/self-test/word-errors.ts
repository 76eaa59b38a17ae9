/** Words of a text without case and punctuation. */
const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

/** Word error rate: words to put in, leave out or replace to make `heard` of `said`, for each word said. */
export function wordErrorRate(said: string, heard: string): number {
	const [from, to] = [wordsOf(said), wordsOf(heard)];
	let row = Array.from({ length: to.length + 1 }, (_, at) => at);
	for (const [index, word] of from.entries()) {
		const next = [index + 1];
		for (const [at, other] of to.entries())
			next.push(Math.min(row[at]! + (word === other ? 0 : 1), row[at + 1]! + 1, next[at]! + 1));
		row = next;
	}
	return row[to.length]! / from.length;
}
