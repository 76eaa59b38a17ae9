import { standingOf } from "../facts/standing.ts";
import type { TimeUnit } from "../facts/time-units.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

/** Seconds in what a helper or a constant is called by: `minutes(15)`, `15 * MINUTE`. */
const WORDS: Readonly<Record<string, number>> = { second: 1, sec: 1, minute: 60, min: 60, hour: 3600, day: 86_400 };
const WORD = /^(?:to|in|from)?_?(second|sec|minute|min|hour|day)s?$/i;
const NUMBER = /^\d[\d_]*(?:\.\d+)?(?:e\d+)?$/;
const DEPTH = 4;

/**
 * The unit of a duration that is put together: `minutes(15)` is in milliseconds where `minutes` multiplies by 60000, and
 * a constant that is made so, too. Names are followed into the one file of the tree that defines them.
 */
export function unitMade(tree: Tree, file: SourceFile, expression: string, depth = 0): TimeUnit | undefined {
	const text = expression.trim().replace(/;$/, "");
	if (depth > DEPTH) return undefined;
	const helper = /^(?:[\w$]+\.)?([A-Za-z_]\w*)\(\s*([\d_.]+)\s*\)$/.exec(text)?.[1];
	if (helper !== undefined) return unitOfFactor(helper, factorOf(tree, file, helper));
	// A thousand turns one unit into the other.
	if (/(?<![\d_])(?:1_?000|1e3)(?![\d_])/.test(text)) return undefined;
	const product = /^[\d_.]+\s*\*\s*([A-Z][A-Z_]*)$|^([A-Z][A-Z_]*)\s*\*\s*[\d_.]+$/.exec(text);
	const name = product?.[1] ?? product?.[2];
	if (name !== undefined) return unitOfFactor(name, factorOf(tree, file, name));
	if (!/^[A-Z][A-Z\d_]*$/.test(text)) return undefined;
	const made = definitionOf(tree, file, text);
	return made?.value === undefined ? undefined : unitMade(tree, made.file, made.value, depth + 1);
}

/** A minute is 60 of seconds and 60000 of milliseconds. */
function unitOfFactor(name: string, factor: number | undefined): TimeUnit | undefined {
	const seconds = WORDS[WORD.exec(name)?.[1]?.toLowerCase() ?? ""];
	if (seconds === undefined || factor === undefined) return undefined;
	const ratio = factor / seconds;
	return ratio === 1000 ? "milliseconds" : ratio === 1 ? "seconds" : undefined;
}

interface Definition {
	file: SourceFile;
	/** Of a function: its one parameter. */
	parameter?: string;
	value: string;
}

/** By what a helper multiplies, or the number of a constant; undefined where that is not plain. */
function factorOf(tree: Tree, file: SourceFile, name: string, depth = 0): number | undefined {
	const made = WORD.test(name) && depth <= DEPTH ? definitionOf(tree, file, name) : undefined;
	if (made === undefined) return undefined;
	const factors = made.value.split("*").map((one): number => {
		const factor = one.trim();
		if (NUMBER.test(factor)) return Number(factor.replaceAll("_", ""));
		if (factor === made.parameter) return 1;
		const [, called, given] = /^(\w+)(?:\(\s*([\d_]+)\s*\))?$/.exec(factor) ?? [];
		const inner = called === undefined ? undefined : factorOf(tree, made.file, called, depth + 1);
		return inner === undefined ? Number.NaN : inner * Number((given ?? "1").replaceAll("_", ""));
	});
	const product = factors.reduce((all, one) => all * one, 1);
	return Number.isNaN(product) ? undefined : product;
}

/** Where a name is made: in the file itself, or in the one other file of its language. */
function definitionOf(tree: Tree, file: SourceFile, name: string): Definition | undefined {
	const own = definedIn(file, name);
	if (own !== undefined) return own;
	const found = tree
		.in(file.language)
		.filter((one) => one !== file && standingOf(one.path) === "live" && one.text.includes(name))
		.flatMap((one) => definedIn(one, name) ?? []);
	return found.length === 1 ? found[0] : undefined;
}

function definedIn(file: SourceFile, name: string): Definition | undefined {
	if (!file.text.includes(name)) return undefined;
	const start = "^(?:export[ \\t]+)?";
	const [, parameter, value] =
		(file.language === "python"
			? new RegExp(`^def ${name}\\((\\w+)[^()\\n]*\\)[^\\n]*:\\s*(?:"""[^"]*"""\\s*)?return ([^\\n#]+)`, "m")
			: new RegExp(
					`${start}(?:const ${name}\\s*=\\s*\\(?(\\w+)[^()\\n]*\\)?[^=\\n]*=>|function ${name}\\((\\w+)[^()\\n]*\\)[^{\\n]*\\{\\s*return)\\s*([^;{}\\n]+);?`,
					"m",
				)
		)
			.exec(file.text)
			?.filter((group) => group !== undefined) ?? [];
	if (parameter !== undefined && value !== undefined) return { file, parameter, value };
	const constant = new RegExp(
		`${start}(?:const |let |var )?${name}(?:\\s*:\\s*[\\w.]+)?\\s*=(?![=>])\\s*([^;\\n#]+)`,
		"m",
	).exec(file.text)?.[1];
	return constant === undefined || constant.includes("=>")
		? undefined
		: { file, value: constant.replace(/\s*\/\/.*$/, "").trim() };
}
