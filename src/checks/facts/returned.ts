import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** What a function of the tree may return, as it is written. */
export interface Returning {
	params: readonly string[];
	returns: readonly string[];
	file: SourceFile;
}

const PYTHON = /^([ \t]*)def (\w+)\(([^()]*)\)[^\n]*:\n((?:\1[ \t]+\S[^\n]*\n|[ \t]*\n)+)/gm;
const SCRIPT =
	/(?:\bfunction (\w+)\(([^()]*)\)[^{}\n]*\{\s*return ([^;\n]+);?\s*\}|\bconst (\w+) = \(([^()]*)\)(?::[^=\n]+)? => ([^;{\n]+);?$)/gm;

/** Functions that have to do with queues, by their name. */
export const returningIn = once((tree: Tree): ReadonlyMap<string, readonly Returning[]> => {
	const all = tree
		.in("python", "javascript")
		.filter((file) => standingOf(file.path) === "live" && file.text.length < 200_000 && file.has(/queue/i))
		.flatMap((file) => (file.language === "python" ? inPython(file) : inScript(file)));
	return new Map([...Map.groupBy(all, ({ name }) => name)]);
});

const inPython = (file: SourceFile) =>
	[...`${file.text}\n`.matchAll(PYTHON)].flatMap(([, , name, params, body]) => {
		const returns = [...body!.matchAll(/^[ \t]+return\b[ \t]*([^\n]*)$/gm)].map(([, one]) =>
			one!.replace(/\s+#.*$/, ""),
		);
		return returns.length === 0 || /\byield\b|^[ \t]+def /m.test(body!)
			? []
			: [{ name: name!, params: namesIn(params!).filter((one) => one !== "self" && one !== "cls"), returns, file }];
	});

const inScript = (file: SourceFile) =>
	file.matches(SCRIPT).map(([, name, params, returned, arrow, given, value]) => ({
		name: (name ?? arrow)!,
		params: namesIn((params ?? given)!),
		returns: [(returned ?? value)!],
		file,
	}));

const namesIn = (params: string): string[] => params.split(",").flatMap((one) => /^\s*(\w+)/.exec(one)?.slice(1) ?? []);
