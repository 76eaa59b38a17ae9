import type { Tree } from "../tree/tree.ts";
import { liveEnvOf } from "./env.ts";
import type { EnvStatement } from "./env-statement.ts";
import type { Values } from "./expressions.ts";

/**
 * Without the texts that no program can have: they are made of one name's value and of another name's value that the
 * program with the first never gets. `BASE="clips-gpu",MODE="gpu"` of one program and `BASE="clips-cpu",MODE="cpu"` of
 * another make no clips-gpu@cpu.
 */
export function together(tree: Tree, values: Values): Values {
	if (values === undefined || values.length < 2) return values;
	const all = liveEnvOf(tree).filter(({ value }) => value !== undefined && value.length > 1);
	const names = Map.groupBy(all, ({ name }) => name);
	const kept = values.filter((value) => ![...names.values()].some((own) => isTorn(value, own, names)));
	return kept.length === 0 ? values : kept;
}

const blockOf = ({ file, block }: EnvStatement): string => `${file.path} ${block}`;

/** Whether the text has a value of a name, and beside it another name's value that no block sets with it. */
function isTorn(
	text: string,
	own: readonly EnvStatement[],
	names: ReadonlyMap<string, readonly EnvStatement[]>,
): boolean {
	const parts = [...new Set(own.map(({ value }) => value!))].filter((value) => text.includes(value));
	return parts.some((part) => {
		const places = own.filter(({ value }) => value === part);
		if (places.some(({ how, block }) => how !== "sets" || block === "")) return false;
		const rest = words(text.replace(part, " "));
		const blocks = new Set(places.map(blockOf));
		return [...names].some(([name, others]) => {
			if (name === own[0]!.name) return false;
			const beside = others.filter((one) => one.how === "sets" && blocks.has(blockOf(one)));
			const told = new Set(beside.map(blockOf));
			return (
				told.size === blocks.size &&
				others.some(({ value }) => rest.has(value!)) &&
				!beside.some(({ value }) => rest.has(value!))
			);
		});
	});
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(/[^A-Za-z0-9]+/));
