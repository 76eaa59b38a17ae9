import { sourcesOf, textsBelow } from "./expressions.ts";
import type { Part } from "./part.ts";

/** `NAME == 'text'` and its like in an expression. */
export interface Comparison {
	/** `github.ref` → `["github", "ref"]` */
	path: readonly string[];
	how: "==" | "!=" | "startsWith" | "endsWith" | "contains";
	/** `'text'` without its quotes; a number, `true` and `false` as they are. */
	value: string | number | boolean;
	/** As it is written. */
	text: string;
	part: Part;
	/** Offset in the text of the part. */
	at: number;
	/** The whole expression. */
	source: string;
}

const NAME = String.raw`([A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\['[^'\]]*'\])+)`;
const VALUE = String.raw`('(?:[^']|'')*'|-?\d+(?:\.\d+)?(?![\w.])|true\b|false\b)`;
const COMPARES = new RegExp(String.raw`(?<![\w.'\]-])${NAME}\s*(==|!=)\s*${VALUE}`, "g");
const REVERSED = new RegExp(String.raw`(?<![\w.'\]-])${VALUE}\s*(==|!=)\s*${NAME}(?!\s*[.(\[])`, "g");
const CALLS = new RegExp(String.raw`\b(startsWith|endsWith|contains)\(\s*${NAME}\s*,\s*('(?:[^']|'')*')\s*\)`, "gi");
const FUNCTIONS = { startswith: "startsWith", endswith: "endsWith", contains: "contains" } as const;

/** Every comparison of a name with a constant below a part. */
export const comparisonsBelow = (root: Part, key = ""): Comparison[] =>
	[...textsBelow(root, key)].flatMap(([name, part]) =>
		name === "if" || part.text!.includes("${{") ? comparisonsIn(part, name === "if") : [],
	);

function comparisonsIn(part: Part, isCondition: boolean): Comparison[] {
	return sourcesOf(part, isCondition).flatMap(({ source, at }) => {
		const of = (index: number, text: string, name: string, how: Comparison["how"], value: string): Comparison => ({
			path: pathOf(name),
			...{ how, value: valueOf(value), text, part, at: at + index, source },
		});
		return [
			...[...source.matchAll(COMPARES)].map((one) => of(one.index, one[0], one[1]!, one[2] as "==", one[3]!)),
			...[...source.matchAll(REVERSED)].map((one) => of(one.index, one[0], one[3]!, one[2] as "==", one[1]!)),
			...[...source.matchAll(CALLS)].map((one) =>
				of(one.index, one[0], one[2]!, FUNCTIONS[one[1]!.toLowerCase() as keyof typeof FUNCTIONS], one[3]!),
			),
		];
	});
}

const pathOf = (name: string): string[] =>
	[...name.matchAll(/([A-Za-z_][\w-]*)|\['([^']*)'\]/g)].map(([, plain, quoted]) => plain ?? quoted!);

const valueOf = (text: string): Comparison["value"] =>
	text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : /^[tf]/.test(text) ? text === "true" : Number(text);

/** Whether one text passes, as GitHub compares: without regard to case, numbers by their value. */
export function passes({ how, value }: Pick<Comparison, "how" | "value">, one: string): boolean {
	const [a, b] = [one.toLowerCase(), String(value).toLowerCase()];
	if (how === "startsWith") return a.startsWith(b);
	if (how === "endsWith") return a.endsWith(b);
	if (how === "contains") return a.includes(b);
	return a === b || (a.trim() !== "" && b.trim() !== "" && Number(a) === Number(b));
}
