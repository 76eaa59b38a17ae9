import fc from "fast-check";

/** What breaks parsers of any kind. */
const RUDE = [
	...Array.from("{}[]()<>\"'`#:=,;|&*!?@%\\/-_+.~$^"),
	...[
		"\n",
		"\r\n",
		"\r",
		"\t",
		" ",
		"\0",
		"\u001B[31m",
		"\u007F",
		"\u0085",
		"\u2028",
		"\uFEFF",
		"\uD800",
		"é",
		"字",
		"🧪",
	],
	...[
		"__proto__",
		"constructor",
		"toString",
		"null",
		"true",
		"-1",
		"1e999",
		"NaN",
		"9".repeat(30),
		"<!--",
		"-->",
		"```",
	],
];

const EDITS = 6;
const LONGEST_CUT = 20;

interface Edit {
	at: number;
	cut: number;
	put: string;
}

const edited = (text: string, edits: readonly Edit[]): string =>
	edits.reduce((out, { at, cut, put }) => {
		const from = out.length === 0 ? 0 : at % (out.length + 1);
		return out.slice(0, from) + put + out.slice(from + cut);
	}, text);

/** Texts of the corpus with a few cuts and insertions, of its own tokens above all; now and then any text at all. */
export function textsNear(corpus: readonly string[], tokens: readonly string[] = []): fc.Arbitrary<string> {
	const put = fc.oneof(
		{ weight: 4, arbitrary: fc.constantFrom("", ...tokens, ...tokens, ...RUDE) },
		{ weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 6 }) },
		{ weight: 1, arbitrary: fc.constantFrom(...corpus) },
	);
	const edit = fc.record({ at: fc.nat(100_000), cut: fc.integer({ min: 0, max: LONGEST_CUT }), put });
	const near = fc.tuple(fc.constantFrom(...corpus), fc.array(edit, { maxLength: EDITS }));
	return fc.oneof(
		{ weight: 12, arbitrary: near.map(([text, edits]) => edited(text, edits)) },
		{ weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
		{
			weight: 1,
			arbitrary: fc.array(fc.constantFrom(...tokens, ...RUDE), { maxLength: 60 }).map((all) => all.join("")),
		},
	);
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const LEAVES: readonly Json[] = [
	null,
	true,
	0,
	-1,
	1e308,
	2 ** 53,
	0.1,
	"",
	"x",
	"\u001B[2J",
	[],
	{},
	[[]],
	"__proto__",
];

/** Replaces or removes the `nth` value inside. */
function replaced(value: Json, nth: number, by: Json | undefined): Json {
	let count = 0;
	const visit = (one: Json): Json | undefined => {
		if (count++ === nth) return by;
		if (Array.isArray(one)) return one.flatMap((inner) => visit(inner) ?? []);
		if (one === null || typeof one !== "object") return one;
		const kept = Object.entries(one).map(([key, inner]) => [key, visit(inner)] as const);
		return Object.fromEntries(kept.filter((entry): entry is [string, Json] => entry[1] !== undefined));
	};
	return visit(value) ?? null;
}

/** JSON like that of the corpus with other values in it, and texts that are hardly JSON. */
export function jsonNear(corpus: readonly string[], tokens: readonly string[] = []): fc.Arbitrary<string> {
	const swap = fc.tuple(
		fc.nat(60),
		fc.oneof(fc.constantFrom(undefined, ...LEAVES, ...tokens), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>),
	);
	const swapped = fc
		.tuple(fc.constantFrom(...corpus), fc.array(swap, { minLength: 1, maxLength: 4 }))
		.map(([text, swaps]) =>
			JSON.stringify(swaps.reduce((value, [nth, by]) => replaced(value, nth, by), JSON.parse(text) as Json)),
		);
	return fc.oneof({ weight: 4, arbitrary: swapped }, { weight: 1, arbitrary: textsNear(corpus, tokens) });
}
