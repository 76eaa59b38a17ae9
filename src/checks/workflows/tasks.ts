import { askedTargets, rulesOf } from "../data/makefile.ts";
import type { Tree } from "../tree/tree.ts";
import { scriptsOf } from "../javascript/scripts.ts";

/** A task of npm or make that a command runs in a folder, and that the folder's file does not have. */
export function missingTask(
	tree: Tree,
	folder: string,
	[program = "", ...rest]: readonly string[],
): { task: string; file: string; known: readonly string[] } | undefined {
	const at = folder === "" || folder === "." ? "" : `${folder.replace(/\/$/, "")}/`;
	if (/^(?:npm|pnpm|yarn|bun)$/.test(program) && rest[0] === "run") return missingScript(tree, at, rest.slice(1));
	return program === "make" ? missingTarget(tree, at, rest) : undefined;
}

type Missing = ReturnType<typeof missingTask>;

function missingScript(tree: Tree, at: string, [task = "", ...rest]: readonly string[]): Missing {
	const file = tree.file(`${at}package.json`);
	if (
		!file ||
		!/^[a-z][\w:.-]*$/i.test(task) ||
		/^(?:-w|-C|--(?:workspaces?|prefix|filter|if-present)\b.*)$/.test(rest[0] ?? "")
	)
		return undefined;
	if (rest.some((word) => /^--(?:workspaces?|prefix|filter|if-present)/.test(word) || word === "-w")) return undefined;
	const known = scriptsOf(file).map(({ name }) => name);
	return known.length === 0 || known.includes(task) ? undefined : { task, file: file.path, known };
}

function missingTarget(tree: Tree, at: string, words: readonly string[]): Missing {
	const file = ["GNUmakefile", "makefile", "Makefile"]
		.map((name) => tree.file(at + name))
		.find((one) => one !== undefined);
	if (!file) return undefined;
	const known = (rulesOf(file) ?? []).flatMap(({ targets }) => targets);
	const task = (askedTargets(words) ?? []).find(
		(one) => /^[a-z][\w-]*$/.test(one) && !known.includes(one) && !tree.has(at + one),
	);
	return known.length === 0 || task === undefined
		? undefined
		: { task, file: file.path, known: known.filter((name) => !name.startsWith(".")) };
}
