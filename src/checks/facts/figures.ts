import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";

/** What a figure is of: how often something is tried, or how old what is removed is. */
type Kind = "age" | "tries";

/** A figure of a program, or of a document. */
export interface Figure {
	kind: Kind;
	/** Tries, or seconds. */
	amount: number;
	/** As it is written. */
	written: string;
	/** What must be spoken of where it is meant. */
	words: readonly string[];
	/** Of a document: the words of its sentence alone. */
	near?: readonly string[];
	file: SourceFile;
	line: number;
}

const SECONDS: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 };
const CONSTANT =
	/^[ \t]*(?:export[ \t]+)?(?:const[ \t]+|readonly[ \t]+)?\$?([A-Za-z]\w*)[ \t]*(?::[ \t]*\w+[ \t]*)?=[ \t]*(\d[\d_]*)[ \t]*;?[ \t]*(?:(?:#|\/\/)[^\n]*)?$/gm;
const TRIES = /^(.*?)_?(?:ATTEMPTS|RETRIES|TRIES)$/;
const AGE = /^(.*?)_?(?:MAX_AGE|AGE|RETENTION|KEEP|TTL)(?:_FOR)?_(SECOND|MINUTE|HOUR|DAY)S$/;
const FIND = /\bfind\b[^\n]*-(mtime|mmin)[ \t]+["']?\+(\d+)\b/g;
/** Says nothing about what is meant. */
const GENERAL =
	/^(?:max|min|maximum|default|num|number|limit|total|main|app|index|config|settings|utils?|common|helpers?|lib|script|run|start|the|and|for|tools?|job|task|data|files?|src|test|init|core|base|server|service)$/;

const wordsOf = (name: string): string[] =>
	name
		.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
		.toLowerCase()
		.split(/[^a-z]+/)
		.filter((word) => word.length > 2 && !GENERAL.test(word));

/** The constants and literals of a program. */
export function figuresOf(file: SourceFile): Figure[] {
	const own = wordsOf(file.path.slice(file.path.lastIndexOf("/") + 1).replace(/\.\w+$/, ""));
	const constants = file.matches(CONSTANT).flatMap(({ 0: all, 1: name, 2: number, index }): Figure[] => {
		const upper = name!.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2").toUpperCase();
		const [tries, age] = [TRIES.exec(upper), AGE.exec(upper)];
		const stem = wordsOf((tries ?? age)?.[1] ?? "");
		const words = stem.length > 0 ? stem : own;
		if ((tries ?? age) === null || words.length === 0) return [];
		const amount = Number(number!.replaceAll("_", "")) * (age === null ? 1 : SECONDS[age[2]!.toLowerCase()]!);
		const line = file.lineAt(index + all.search(/\S/));
		return [{ kind: age === null ? "tries" : "age", amount, written: `${name!} = ${number!}`, words, file, line }];
	});
	const found = file.matches(FIND).flatMap(({ 1: option, 2: number, index }): Figure[] => {
		const amount = Number(number) * (option === "mtime" ? SECONDS.day! : SECONDS.minute!);
		return own.length === 0 || isComment(file, index)
			? []
			: [{ kind: "age", amount, written: `-${option!} +${number!}`, words: own, file, line: file.lineAt(index) }];
	});
	return [...constants, ...found];
}

const PARAGRAPH = /[^\n]+(?:\n(?![ \t]*(?:\n|[-*+][ \t]|\d+\.[ \t]|#|\||```))[^\n]+)*/g;
const TOLD =
	/(?<![\d.,-])(\d+)[ \t]+(?:attempts|tries|retries)\b|\b(?:older than|of more than|are kept for|is kept for|kept for)[ \t]+(\d+)[ \t]+(second|minute|hour|day|week)s?\b/gi;
const PAST =
	/\b(?:was|were|formerly|previously|used to|instead of|not|until|about|up to|at least|e\.g\.|for example)\b/i;

/** What a document tells, with the words of its paragraph. */
export const toldIn = (file: SourceFile): Figure[] =>
	file.matches(PARAGRAPH).flatMap(({ 0: paragraph, index: start }) => {
		const text = paragraph.replaceAll("\n", " ");
		return [...text.matchAll(TOLD)].flatMap(({ 0: written, 1: tries, 2: number, 3: unit, index }): Figure[] => {
			const from = Math.max(0, ...[...text.slice(0, index).matchAll(/[.;!?][ \t]/g)].map((end) => end.index + 1));
			const sentence = text.slice(from).split(/[.;!?](?:[ \t]|$)/)[0]!;
			const isOne =
				[...sentence.matchAll(TOLD)].filter((one) => (one[1] === undefined) === (tries === undefined)).length === 1;
			if (!isOne || PAST.test(sentence.slice(0, index - from))) return [];
			const amount = tries === undefined ? Number(number) * SECONDS[unit!.toLowerCase()]! : Number(tries);
			const line = file.lineAt(start + index + written.search(/\d/));
			const words = [...new Set(wordsOf(text))];
			const near = wordsOf(sentence);
			return [{ kind: tries === undefined ? "age" : "tries", amount, written, words, near, file, line }];
		});
	});
