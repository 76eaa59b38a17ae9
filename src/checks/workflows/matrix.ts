import { nearest } from "../../system/nearest.ts";
import type { Job } from "./model.ts";
import type { Part } from "./part.ts";

/** A text with the values of one combination of the matrix filled in. */
export interface Filled {
	text: string;
	/** The values that were filled in. */
	values: readonly Part[];
}

const EXPRESSION = /\$\{\{\s*matrix\.([\w-]+(?:\.[\w-]+)*)\s*\}\}/g;

/** What a text becomes in each job of a matrix; empty where it names none, or holds something else that is computed. */
export function filledBy(job: Job, text: string): Filled[] {
	const matrix = job.part.get("strategy", "matrix");
	const names = [...new Set([...text.matchAll(EXPRESSION)].map(([, name]) => name!))];
	if (matrix === undefined || matrix.kind !== "map" || names.length === 0 || names.length > 2) return [];
	if (/[$`*]|\{\{/.test(text.replaceAll(EXPRESSION, ""))) return [];
	const fill = (values: readonly Part[]): Filled => ({
		text: text.replaceAll(EXPRESSION, (_all, name: string) => values[names.indexOf(name)]!.text!),
		values,
	});
	const keys = [...matrix.map.keys()].filter((key) => key !== "include" && key !== "exclude");
	const lists = names.map((name) => valuesOf(matrix, name, keys));
	const included = (matrix.get("include")?.list ?? []).flatMap((entry) => {
		const own = names.map((name) => entry.get(...name.split(".")));
		return own.every((part) => part?.text !== undefined) ? [own as Part[]] : [];
	});
	const [first = [], second] = lists;
	const crossed =
		second === undefined ? first.map((one) => [one]) : first.flatMap((one) => second.map((other) => [one, other]));
	return [...crossed.filter((values) => !isExcluded(matrix, names, values)), ...included]
		.filter((values) => values.every(({ text: one }) => !/[${}]/.test(one!)))
		.map(fill);
}

/** A misspelt key is told by a check of its own: what it was meant to be is looked at all the same. */
function valuesOf(matrix: Part, name: string, keys: readonly string[]): readonly Part[] {
	const [key = "", ...rest] = name.split(".");
	const list = matrix.get(keys.includes(key) ? key : (nearest(key, keys, 1) ?? key))?.list ?? [];
	return list
		.flatMap((part) => (rest.length === 0 ? part : (part.get(...rest) ?? [])))
		.filter(({ text }) => text !== undefined);
}

const isExcluded = (matrix: Part, names: readonly string[], values: readonly Part[]): boolean =>
	(matrix.get("exclude")?.list ?? []).some((entry) =>
		names.every((name, at) => entry.get(name)?.text === undefined || entry.get(name)!.text === values[at]!.text),
	);
