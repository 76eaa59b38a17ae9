const known = new Map<string, readonly string[]>();

/** The words of a name: of `audioKey` and `audio_key` audio, key. */
export function wordsOf(name: string): readonly string[] {
	const had = known.get(name);
	if (had !== undefined) return had;
	const words = name
		.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
		.toLowerCase()
		.split(/_+/)
		.filter((word) => word !== "");
	if (known.size < 100_000) known.set(name, words);
	return words;
}

/** The last name of an expression that only reads: of `cfg.label` and `request.job["label"]` label. */
export const readName = (expression: string): string | undefined =>
	/^(?:[A-Za-z_$][\w$]*[?!]?\.)*([A-Za-z_$][\w$]*)!?$/.exec(expression)?.[1] ??
	/^[\w$.]+\[["'](\w+)["']\]$/.exec(expression)?.[1];

const endsIn = (words: readonly string[], end: readonly string[]): boolean =>
	end.length > 0 &&
	end.length <= words.length &&
	end.every((word, at) => words[words.length - end.length + at] === word);

/** Whether what a name says is what another asks for: the words of one end in those of the other. */
export function fits(given: string, wanted: string): boolean {
	const [own, other] = [wordsOf(given), wordsOf(wanted)];
	return endsIn(own, other) || endsIn(other, own);
}

/** Whether two names have to do with each other: a word of one begins as one of the other does. */
export const isNear = (given: string, wanted: string): boolean =>
	wordsOf(given).some((one) =>
		wordsOf(wanted).some(
			(other) =>
				one === other ||
				(Math.min(one.length, other.length) > 2 &&
					(one.startsWith(other.slice(0, 3)) || one.endsWith(other) || other.endsWith(one))),
		),
	);
