import { posix } from "node:path";
import { parseShell, type Command } from "../shell/lexer.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";
import { argumentsOf } from "../workflows/script.ts";
import { effectOf, type BuildStep } from "./build-effects.ts";
import { scriptsOf } from "./scripts.ts";

const MOST_DEEP = 6;

/** The commands of a line in the order in which they run, those of npm scripts in the place of their names. */
export function stepsIn(
	tree: Tree,
	folder: string,
	commands: readonly Command[],
	place: FilePlace,
	depth = 0,
): BuildStep[] | undefined {
	const found: BuildStep[] = [];
	let at = folder;
	for (const command of commands) {
		const words = argumentsOf(command).map(({ text }) => text);
		const [name = "", ...rest] = words;
		// Side by side, or only sometimes: the order is not known.
		if (
			command.before === "&" ||
			command.before === "||" ||
			(/^(?:concurrently|run-p|npm-run-all2?|turbo|nx|lerna|wait-on)$/.test(name) &&
				!/\s(?:-s|--sequential)\s/.test(words.join(" ")))
		)
			return undefined;
		if (name === "cd") {
			if (rest.length !== 1 || /[$~]|^\//.test(rest[0]!)) return undefined;
			at = posix.join(at, rest[0]!);
			continue;
		}
		const called = calledScripts(words);
		if (called === undefined) {
			const effect = effectOf(tree, words, at.replace(/^\.$/, ""), place);
			if (effect !== undefined) found.push(effect);
			continue;
		}
		const file = tree.file(posix.join(at, called.folder, "package.json"));
		for (const script of called.names) {
			const own =
				file === undefined
					? undefined
					: scriptsOf(file).filter(
							({ name: one }) => one === script || one === `pre${script}` || one === `post${script}`,
						);
			if (file === undefined || own === undefined || depth > MOST_DEEP) continue;
			for (const one of own.toSorted((a, b) => order(a.name, script) - order(b.name, script))) {
				const below = stepsIn(
					tree,
					posix.join(at, called.folder),
					parseShell(one.text).commands,
					file.place(one.line),
					depth + 1,
				);
				if (below === undefined) return undefined;
				found.push(...below);
			}
		}
	}
	return found;
}

const order = (name: string, script: string): number => (name === script ? 1 : name.startsWith("pre") ? 0 : 2);

/** `npm run a`, `pnpm a:b`, `run-s a b`; undefined for another command. */
function calledScripts([name = "", ...rest]: readonly string[]):
	| { names: readonly string[]; folder: string }
	| undefined {
	if (/^(?:run-s|npm-run-all2?)$/.test(name))
		return { names: rest.filter((one) => /^[\w:.-]+$/.test(one) && !one.startsWith("-")), folder: "" };
	if (!/^(?:npm|pnpm|yarn|bun)$/.test(name)) return undefined;
	const folder = /^(?:--prefix|-C|--cwd|--dir)$/.test(rest[0] ?? "") ? (rest[1] ?? "") : "";
	const left = folder === "" ? rest : rest.slice(2);
	const [verb = "", script] = left[0] === "run" || left[0] === "run-script" ? [left[0], left[1]] : ["", left[0]];
	if (left.some((one) => /^(?:-w|--workspaces?|--filter|-r|--recursive)\b/.test(one))) return { names: [], folder };
	return script === undefined ||
		(verb === "" && /^(?:install|i|ci|exec|dlx|add|test|publish|pack|version|prune)$/.test(script))
		? undefined
		: { names: [script], folder };
}
