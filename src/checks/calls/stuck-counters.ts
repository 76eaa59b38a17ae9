/** A loop that waits, and whose one bound compares a counter that nothing changes. */
export interface StuckCounter {
	name: string;
	/** Of the loop. */
	at: number;
	/** Of the comparison. */
	comparedAt: number;
}

type Tongue = "javascript" | "powershell" | "python" | "shell";

interface Form {
	loop: RegExp;
	/** Groups of a pair: counter, bound that is a name, bound that is a number. */
	compare: RegExp;
	/** Each place that may set the name, which takes the place of NAME; group 1: a number, where it is one. */
	sets: string;
}

const SHELL_COMPARE =
	/(?<!&&[ \t]*|\|\|[ \t]*)\[\[?[ \t]+"?\$\{?(\w+)\}?"?[ \t]+-(?:ge|gt|lt|le)[ \t]+"?(?:\$\{?(\w+)\}?|(\d+))"?[ \t]+\]\]?(?![ \t]*(?:&&[ \t]*\[|\|\|[ \t]*\[))/g;
const BRACED = /^([ \t]*)(?:do|while[ \t]*\([^\n]*\))[ \t]*\{[^\n]*\n[^]*?^\1\}/gm;

const FORMS: Readonly<Record<Tongue, Form>> = {
	shell: {
		loop: /(?<![\w-])(?:while|until)\s+[^\n]*?(?:;|\n)\s*do\b[^]*?\bdone\b/g,
		compare: SHELL_COMPARE,
		// Without its sign a name is set, or counted in (( )).
		sets: String.raw`(?<![\w$\{#!])NAME(?!\w)(?:=(\d+)(?![\w$.]))?`,
	},
	python: {
		loop: /^([ \t]*)while\b[^\n]*:[^\n]*\n(?:\1[ \t]+[^\n]*\n|[ \t]*\n)+/gm,
		compare: /\bif[ \t]+(\w+)[ \t]*(?:>=|>)[ \t]*(?:([A-Za-z_]\w*)|(\d+))[ \t]*:/g,
		sets: String.raw`(?<![\w.])NAME[ \t]*(?::[ \t]*\w+[ \t]*)?(?:(?:[-+*/]|<<|>>)?=(?!=)|,|\)|[ \t]+in\b)(?:[ \t]*(\d+)[ \t]*$)?`,
	},
	powershell: {
		loop: BRACED,
		compare: /\bif[ \t]*\([ \t]*\$(\w+)[ \t]+-(?:ge|gt)[ \t]+(?:\$(\w+)|(\d+))[ \t]*\)/gi,
		sets: String.raw`(?:(?:\+\+|--|\[ref\][ \t]*)\$NAME\b|\$NAME\b[ \t]*(?:\+\+|--|[-+*/]?=))(?:[ \t]*(\d+)[ \t]*$)?`,
	},
	javascript: {
		loop: BRACED,
		compare: /\bif[ \t]*\([ \t]*(\w+)[ \t]*(?:>=|>)[ \t]*(?:([A-Za-z_]\w*)|(\d+))[ \t]*\)/g,
		sets: String.raw`(?:(?:\+\+|--)NAME\b|(?<![\w.])NAME\b[ \t]*(?:\+\+|--|[-+*/]?=(?!=)|,))(?:[ \t]*(\d+)[ \t]*;?[ \t]*$)?`,
	},
};

const SLEEPS = /\bsleep\b|Start-Sleep|setTimeout|\bdelay\(/i;
const ENDS = /\b(?:exit|return|break|throw|raise|die|fail)\b/;
/** They change by themselves. */
const MOVING = /^(?:SECONDS|RANDOM|LINENO|EPOCHSECONDS|EPOCHREALTIME)$/;

/** Loops that sleep and end at a count, and nothing in the text ever changes the count from the number that it is set to. */
export function stuckCounters(text: string, tongue: Tongue): StuckCounter[] {
	if (!SLEEPS.test(text) || text.length > 200_000) return [];
	const { loop, compare, sets } = FORMS[tongue];
	return [...text.matchAll(loop)].flatMap(({ 0: body, index }): StuckCounter[] => {
		if (!SLEEPS.test(body)) return [];
		const found = [...body.matchAll(compare)].find(
			({ 0: all, 1: name, 2: bound, 3: number, index: at }) =>
				number !== "0" &&
				ENDS.test(body.slice(at + all.length, at + all.length + 250)) &&
				isStuck(text, name!, sets) &&
				(bound === undefined || !setsIn(body, bound, sets).length),
		);
		return found === undefined ? [] : [{ name: found[1]!, at: index, comparedAt: index + found.index }];
	});
}

const setsIn = (text: string, name: string, sets: string): RegExpExecArray[] => [
	...text.matchAll(new RegExp(sets.replaceAll("NAME", name), "gm")),
];

function isStuck(text: string, name: string, sets: string): boolean {
	const all = MOVING.test(name) ? [] : setsIn(text, name, sets);
	return all.length > 0 && all.every(([, number]) => number !== undefined && number === all[0]![1]);
}
