import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { statement, type EnvStatement } from "./env-statement.ts";
import { standingOf } from "./standing.ts";

const NAME = "[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]";
/** `dict(os.environ, A_B=…)`, `{**os.environ, "A_B": …}`, `{ ...process.env, A_B: … }`. */
const COPIES = [
	new RegExp(`\\bdict\\(\\s*\\*{0,2}os\\.environ\\s*,\\s*(${NAME})\\s*=(?!=)`, "g"),
	new RegExp(`\\{\\s*\\*\\*os\\.environ\\s*,\\s*["'](${NAME})["']\\s*:`, "g"),
	new RegExp(`\\{\\s*\\.\\.\\.process\\.env\\s*,\\s*["']?(${NAME})["']?\\s*:`, "g"),
];
const HELD =
	/^[ \t]*(?:const[ \t]+)?(\w*env\w*)[ \t]*=[ \t]*(?:dict\(os\.environ|os\.environ\.copy\(\)|\{[ \t]*(?:\*\*os\.environ|\.\.\.process\.env))/gm;

/** The names that a program gives to the processes that it starts, beside its own environment. */
export const childEnvOf = once((tree: Tree): readonly EnvStatement[] =>
	tree
		.in("python", "javascript")
		.filter((file) => standingOf(file.path) === "live" && file.has(/os\.environ|process\.env/))
		.flatMap(givenIn),
);

function givenIn(file: SourceFile): EnvStatement[] {
	const held = [...new Set(file.matches(HELD).map(([, name]) => name!))];
	const indexes = held.map(
		(name) => new RegExp(`^[ \\t]*${name}(?:\\[["']|\\.)(${NAME})(?:["']\\])?[ \\t]*=(?!=)`, "gm"),
	);
	return [...COPIES, ...indexes].flatMap((pattern) =>
		file.matches(pattern).flatMap(({ 0: all, 1: name, index }) => {
			const at = index + all.lastIndexOf(name!);
			return isComment(file, at) ? [] : [statement({ name: name!, how: "sets", file, line: file.lineAt(at) })];
		}),
	);
}
