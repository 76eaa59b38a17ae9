import { figuresOf, toldIn, type Figure } from "../facts/figures.ts";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS522",
	scope: "static",
	severity: "warning",
	question: "Does a document tell how often something is tried, and how old what is removed is, as the code has it?",
	why: "Who plans by the document waits too short or too long, or finds that what should still be there was removed.",
	example: "The runbook says that dumps older than 14 days are removed, and the script has KEEP_DAYS=7: write one.",
	run(tree) {
		const documents = tree
			.in("markdown")
			.filter(({ path, text }) => standingOf(path) === "docs" && !isAside(path) && text.length < 400_000);
		const told = documents.flatMap(toldIn);
		const known =
			told.length === 0
				? []
				: tree
						.in("python", "shell", "powershell", "javascript")
						.filter(({ path, text }) => standingOf(path) === "live" && !isAside(path) && text.length < 200_000)
						.flatMap(figuresOf);
		return { looked: `${told.length} figures of documents`, findings: told.flatMap((one) => differs(one, known)) };
	},
} satisfies StaticCheck;

/** Every word of a figure's name is told in the paragraph, and one in the sentence itself. */
function differs(told: Figure, known: readonly Figure[]): Found[] {
	const [said, near] = [new Set(told.words), new Set(told.near)];
	const meant = known.filter(
		({ kind, words }) =>
			kind === told.kind && words.every((word) => isSaid(said, word)) && words.some((word) => isSaid(near, word)),
	);
	const [first, ...more] = meant;
	if (first === undefined || meant.some(({ amount }) => amount !== first.amount) || first.amount === told.amount)
		return [];
	const [number] = /\d+/.exec(told.written)!;
	// The file has the figure, too: for something else, or in another form.
	if (meant.some(({ file }) => new RegExp(`(?<![\\w.])${number}(?![\\w.])`).test(file.text))) return [];
	return [
		{
			message: `${told.file.path} says "${told.written}", and ${first.file.path} has ${first.written}`,
			evidence: [
				placeIn(told.file, told.line),
				...[first, ...more].slice(0, 5).map(({ file, line }) => placeIn(file, line)),
			],
			fix: { say: `write what ${first.file.path} has into ${told.file.path}:${told.line}, or change it there` },
		},
	];
}

/** A word as it is, or its plural. */
const isSaid = (said: ReadonlySet<string>, word: string): boolean =>
	said.has(word) || said.has(`${word}s`) || (word.endsWith("s") && said.has(word.slice(0, -1)));
