import type { SourceFile } from "../tree/source-file.ts";

const DEPTH = 4;

/** The value of an arithmetic expression of numbers and of constants that the file assigns once; undefined where it is not known. */
export function numberOf(file: SourceFile, expression: string, depth = 0): number | undefined {
	const text = expression.trim();
	if (/^\d[\d_]*(?:\.\d+)?$/.test(text)) return Number(text.replaceAll("_", ""));
	if (depth > DEPTH || text.length > 120 || !/^[\w\s.+*/()-]+$/.test(text)) return undefined;
	const words = text.match(/[A-Za-z_]\w*|\d[\d_]*(?:\.\d+)?|\*\*|[+*/()-]/g) ?? [];
	const filled = words.map((word) =>
		/^[A-Za-z_]/.test(word) ? constantIn(file, word, depth) : word.replaceAll("_", ""),
	);
	if (filled.includes(undefined) || words.join("").length !== text.replaceAll(/\s/g, "").length) return undefined;
	const rest = filled as string[];
	const value = sum(rest);
	return rest.length > 0 || value === undefined || !Number.isFinite(value) ? undefined : value;
}

function constantIn(file: SourceFile, name: string, depth: number): string | undefined {
	const made = file.matches(
		new RegExp(`^(?:export )?(?:const |let )?${name}(?:\\s*:\\s*[\\w.]+)?\\s*=(?!=)\\s*([^\\n;#]+)`, "gm"),
	);
	const value = made.length === 1 ? numberOf(file, made[0]![1]!.replace(/\s*\/\/.*$/, ""), depth + 1) : undefined;
	return value === undefined ? undefined : String(value);
}

/** Each takes its words from the front of the list. */
function sum(words: string[]): number | undefined {
	let value = product(words);
	while (words[0] === "+" || words[0] === "-") {
		const sign = words.shift() === "+" ? 1 : -1;
		const next = product(words);
		value = value === undefined || next === undefined ? undefined : value + sign * next;
	}
	return value;
}

function product(words: string[]): number | undefined {
	let value = power(words);
	while (words[0] === "*" || words[0] === "/") {
		const divides = words.shift() === "/";
		const next = power(words);
		value = value === undefined || next === undefined ? undefined : divides ? value / next : value * next;
	}
	return value;
}

function power(words: string[]): number | undefined {
	const value = single(words);
	if (words[0] !== "**") return value;
	words.shift();
	const next = power(words);
	return value === undefined || next === undefined ? undefined : value ** next;
}

function single(words: string[]): number | undefined {
	const word = words.shift();
	if (word !== "(") return /^[\d.]+$/.test(word ?? "") ? Number(word) : undefined;
	const value = sum(words);
	return words.shift() === ")" ? value : undefined;
}
