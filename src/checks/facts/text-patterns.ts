import { partsFrom, tongueOf } from "../calls/arguments.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

const DEPTH = 5;

/** What a name of one file is made from. */
interface Made {
	file: SourceFile;
	expression: string;
	/** It returns the expression when it is called. */
	called: boolean;
}

const CONSTANT =
	/^(?:export[ \t]+)?(?:const[ \t]+|let[ \t]+)?([A-Za-z_]\w*)[ \t]*(?::[ \t]*[\w.[\]]+[ \t]*)?=(?![=>])[ \t]*([^\n;]+)/gm;
const RETURNS =
	/^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)\([^()]*\)[^\n]*:\n(?:[ \t]+(?:"""[^"]*"""|#[^\n]*)\n)?[ \t]+return[ \t]+([^\n]+)$|\bfunction[ \t]+(\w+)\([^()]*\)[^{}\n]*\{\s*return[ \t]+([^;\n]+);?\s*\}|\bconst[ \t]+(\w+)[ \t]*=[ \t]*\([^()]*\)(?::[^=\n]+)?[ \t]*=>[ \t]*([^;{\n]+);?$/gm;

/** Names at the top of modules, and functions that return one expression. */
const madeIn = once((file: SourceFile): ReadonlyMap<string, Made[]> => {
	const constants = file
		.matches(CONSTANT)
		.filter(([, , expression]) => !/=>|\bfunction\b/.test(expression!))
		.map(([, name, expression]) => ({ name: name!, expression: expression!, called: false }));
	const functions = file.matches(RETURNS).map(([, a, b, c, d, e, f]) => ({
		...{ name: (a ?? c ?? e)!, expression: (b ?? d ?? f)! },
		called: true,
	}));
	const all = [...constants, ...functions].map((one) => ({ ...one, file }));
	return Map.groupBy(all, ({ name }) => name);
});

const anywhere = once((tree: Tree): ReadonlyMap<string, Made[]> => {
	const files = tree
		.in("python", "javascript")
		.filter(({ path, text }) => standingOf(path) === "live" && text.length < 200_000);
	return Map.groupBy(
		files.flatMap((file) => [...madeIn(file)].flatMap(([name, all]) => all.map((one) => ({ ...one, name })))),
		({ name }) => name,
	);
});

/** The text that an expression of Python or JavaScript makes, with `*` for what is only known when it runs; undefined: nothing is known. */
export function patternOf(tree: Tree, file: SourceFile, expression: string, depth = 0): string | undefined {
	const text = expression.replace(/\s+(?:#|\/\/).*$/, "").trim();
	if (depth > DEPTH || text.length > 200) return undefined;
	const filled = /^(?:f|rf|fr)(["'])((?:(?!\1).)*)\1$|^`([^`]*)`$/s.exec(text);
	if (filled !== null)
		return (filled[2] ?? filled[3]!).replaceAll(/\$?\{([^{}]*)\}/g, (_, inner: string) =>
			/^[A-Z][A-Z\d_]*$/.test(inner) ? (patternOf(tree, file, inner, depth + 1) ?? "*") : "*",
		);
	const literal = /^[rb]?(["'])((?:(?!\1)[^\\\n])*)\1$/.exec(text);
	if (literal !== null) return literal[2]!;
	const sum = /^((?:[^+"'`]|"[^"]*"|'[^']*')+?)\s*\+\s*([^]+)$/.exec(text);
	if (sum !== null) {
		const parts = [sum[1]!, sum[2]!].map((one) => patternOf(tree, file, one, depth + 1));
		return parts.every((one) => one === undefined) ? undefined : parts.map((one) => one ?? "*").join("");
	}
	const call = /^(?:\w+\.)*(\w+)\((?:[^()]|\([^()]*\))*\)$/.exec(text)?.[1];
	const name = call ?? /^(?:\w+\.)?(\w+)$/.exec(text)?.[1];
	return name === undefined ? undefined : named(tree, file, name, call !== undefined, depth);
}

/** Of the file itself, also of its functions; else of the only module that has the name. */
function named(tree: Tree, file: SourceFile, name: string, called: boolean, depth: number): string | undefined {
	const inside = called
		? []
		: file
				.matches(
					new RegExp(
						`^[ \\t]+(?:const[ \\t]+|let[ \\t]+)?${name}[ \\t]*(?::[^=\\n]+)?=(?![=>])[ \\t]*([^\\n;]+)`,
						"gm",
					),
				)
				.map(([, expression]) => ({ file, expression: expression!, called: false }));
	const own = [...(madeIn(file).get(name) ?? []), ...inside];
	const all = (own.length > 0 ? own : (anywhere(tree).get(name) ?? [])).filter((one) => one.called === called);
	const patterns = new Set(all.map((one) => patternOf(tree, one.file, one.expression, depth + 1)));
	return patterns.size === 1 ? [...patterns][0] : undefined;
}

/** The arguments of a call whose bracket opens at an offset. */
export const argumentsAt = (file: SourceFile, open: number): string[] | undefined =>
	partsFrom(file.text, open + 1, tongueOf(file))?.parts.map(({ text }) => text);

/** Whether two patterns may be the same text. */
export function mayBeSame(a: string, b: string): boolean {
	const matches = (pattern: string, text: string): boolean =>
		new RegExp(
			`^${pattern
				.split("*")
				.map((part) => RegExp.escape(part))
				.join(".*")}$`,
			"s",
		).test(text.replaceAll("*", "\0"));
	return matches(a, b) || matches(b, a);
}
