import { partsFrom, tongueOf } from "../calls/arguments.ts";
import { bindingsOf } from "../javascript/bindings.ts";
import { standingOf } from "./standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";

const CALL = /^(?:await\s+)?([A-Za-z_$][\w$]*)\s*\(/;

/** The activities that a function makes and returns as one object: of `createActivities({ store })`; undefined where it does not write them out. */
export function madeActivities(tree: Tree, file: SourceFile, text: string): string[] | undefined {
	const name = CALL.exec(text)?.[1];
	if (name === undefined) return undefined;
	if (file.language === "python") return listed(tree, name);
	const binding = bindingsOf(tree, file).get(name) ?? { file, name };
	const body = bodyOf(binding.file.text, binding.name);
	const all = body === undefined ? [] : [...body.text.matchAll(/(?<![\w$.])return\s*\{|=>\s*\(\s*\{/g)];
	const [only] = all;
	if (body === undefined || only === undefined) return undefined;
	// The first object that is returned outside of the object's own functions; more of them are a choice.
	const start = body.at + only.index + only[0].length;
	const list = partsFrom(binding.file.text, start, tongueOf(binding.file));
	if (list === undefined) return undefined;
	const behind = all.slice(1).some(({ index }) => body.at + index > list.end);
	const keys = list.parts
		.map(({ text: one }) => one.replace(/^(?:\s*(?:\/\/[^\n]*\n|\/\*[^]*?\*\/))*\s*/, ""))
		.filter((one) => one !== "")
		.map((one) => /^(?:async\s+)?\*?\s*([A-Za-z_$][\w$]*)\s*(?:[:(<]|$)/.exec(one)?.[1]);
	return behind || keys.includes(undefined) ? undefined : keys.map((key) => key!);
}

/** Of `def make_activities(…)` in Python: the one list that it returns, of functions and methods by their names. */
function listed(tree: Tree, name: string): string[] | undefined {
	const head = new RegExp(`^([ \\t]*)(?:async )?def ${RegExp.escape(name)}\\(`, "m");
	const files = tree.in("python").filter((one) => one.includes(`def ${name}(`) && standingOf(one.path) === "live");
	const found = files.length === 1 ? head.exec(files[0]!.text) : null;
	if (found === null) return undefined;
	const { text } = files[0]!;
	const rest = text.slice(text.indexOf("\n", found.index));
	const end = new RegExp(`^(?!${found[1]!}[ \\t])[ \\t]*(?:async def|def|class|@|[A-Za-z_])`, "m").exec(rest)?.index;
	const [only, ...more] = [...rest.slice(0, end).matchAll(/^[ \t]*return\b[ \t]*(?:\[([^[\]]*)\])?/gm)];
	if (only?.[1] === undefined || more.length > 0) return undefined;
	const names = only[1]
		.replaceAll(/#[^\n]*/g, "")
		.split(",")
		.map((one) => one.trim())
		.filter((one) => one !== "");
	return names.every((one) => /^[\w.]+$/.test(one)) ? names.map((one) => one.split(".").at(-1)!) : undefined;
}

/** The text of a function's body, to where the next declaration of its module begins. */
function bodyOf(text: string, name: string): { text: string; at: number } | undefined {
	const own = RegExp.escape(name);
	const head = new RegExp(
		`^(?:export\\s+)?(?:default\\s+)?(?:async\\s+)?(?:function\\s+${own}\\b|const\\s+${own}\\s*=)`,
		"m",
	).exec(text);
	if (head === null) return undefined;
	const at = head.index + head[0].length;
	const next = /^(?:export|function|const|class|type|interface|async)\b/m.exec(text.slice(at));
	return { text: text.slice(at, next === null ? undefined : at + next.index), at };
}
