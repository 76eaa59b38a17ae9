import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { classesIn, type PythonClass } from "./classes.ts";

/** Some code gives an attribute of this name to something, or a class that stands on this one has it. */
export const isMadeElsewhere = (tree: Tree, of: PythonClass, attribute: string): boolean =>
	givenIn(tree).has(attribute) || heirsOf(tree, of.name).some((one) => one.words.has(attribute));

const givenIn = once(
	(tree: Tree): ReadonlySet<string> =>
		new Set(
			tree
				.in("python")
				.flatMap(({ text }) => [
					...[...text.matchAll(/\.(\w+)[ \t]*(?::[^=\n]+)?=(?!=)/g)].map(([, name]) => name!),
					...[...text.matchAll(/setattr\([^\n"']*["'](\w+)["']/g)].map(([, name]) => name!),
				]),
		),
);

const byBase = once((tree: Tree): ReadonlyMap<string, readonly PythonClass[]> => {
	const found = new Map<string, PythonClass[]>();
	for (const file of tree.in("python"))
		for (const one of classesIn(file).values())
			for (const base of one.bases) found.set(base, [...(found.get(base) ?? []), one]);
	return found;
});

/** The classes that stand on one of this name, and those that stand on them. */
function heirsOf(tree: Tree, name: string): PythonClass[] {
	const found = new Set<PythonClass>();
	const names = [name];
	for (const base of names)
		for (const one of byBase(tree).get(base) ?? [])
			if (!found.has(one)) {
				found.add(one);
				names.push(one.name);
			}
	return [...found];
}
