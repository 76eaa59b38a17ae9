import { posix } from "node:path";
import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { toolPatterns, type ToolPattern } from "../facts/tool-patterns.ts";
import { isFound } from "../tree/glob-found.ts";
import { mayBeMade } from "../tree/generated.ts";
import { isAside, isSample } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS235",
	scope: "static",
	severity: "error",
	question: "Do the settings of test runners, compilers and packers name files that exist?",
	why: "The folder was renamed: the runner finds no test and says so, or runs none and is green; the compiler has no input.",
	example: "`include: ['tests/**/*.test.ts']` in vitest.config.ts and the tests are in test/: write that.",
	run(tree) {
		const files = tree.files.filter(({ path }) => !isAside(path) && !isSample(path) && standingOf(path) !== "vendored");
		const all = files.flatMap((file) => toolPatterns(file).map((pattern) => ({ file, pattern })));
		const findings = files.flatMap((file) => {
			const own = all.filter((one) => one.file === file).map(({ pattern }) => pattern);
			return [...Map.groupBy(own, ({ key }) => key).values()].flatMap((list) => dead(file, list, tree));
		});
		return { looked: `${all.length} paths in settings of tools`, findings };
	},
} satisfies StaticCheck;

function dead(file: SourceFile, list: readonly ToolPattern[], tree: Tree): Found[] {
	const gone = list.filter((one) => !finds(one, tree));
	const isPacked = !tree.paths.some((path) =>
		/(?:^|\/)(?:\.gitignore|\.github\/.*|(?:test|src)\/.*|.*\.lock|package-lock\.json)$/.test(path),
	);
	// What is packed for others comes without its tests and sources.
	if (gone.length === 0 || isPacked) return [];
	const all = list[0]!.kind === "patterns" && gone.length === list.length;
	const shown = all ? gone.slice(0, 1) : gone;
	return shown.map((one): Found => {
		const other = otherFor(one, tree);
		return {
			message: `${one.key} of ${file.path} names ${one.text}, and the tree has nothing there${all || one.kind === "file" ? `: ${one.outcome}` : ""}`,
			evidence: [
				placeIn(file, file.lineAt(one.at)),
				...(all ? gone.slice(1, 4).map(({ at }) => placeIn(file, file.lineAt(at))) : []),
			],
			fix: {
				say: other === undefined ? "write the path as it is now, or take it out" : `write ${other}`,
				...(other === undefined ? {} : editAt(file, one.at, one.text, other)),
			},
			...(all || one.kind === "file" ? {} : { severity: "note" as const }),
		};
	});
}

const ENDINGS = ["", ".ts", ".js", ".mjs", ".cjs", "/index.ts", "/index.js"];

function finds({ path, kind }: ToolPattern, tree: Tree): boolean {
	if (path.startsWith("..") || path === "." || path === "" || /(?:^|\/)node_modules\//.test(path)) return true;
	// A name without a folder is looked for everywhere by some tools.
	const endings = kind === "file" ? ENDINGS : [""];
	return (
		endings.some((ending) => isFound(tree, path + ending)) ||
		mayBeMade(tree, path.replace(/\/?[^/]*[*?{].*$/, "")) ||
		/[[\]()|+]/.test(path)
	);
}

/** The same pattern below another folder, where it finds something. */
function otherFor({ text, path }: ToolPattern, tree: Tree): string | undefined {
	const found = /^(\.\/|<rootDir>\/)?([\w-]+)(\/.*)?$/.exec(text);
	if (found === null) return undefined;
	const [, dot = "", first, rest = ""] = found;
	const above = posix.join(path, ...`${first!}${rest}`.split("/").map(() => ".."));
	const near = [
		first!.endsWith("s") ? first!.slice(0, -1) : `${first!}s`,
		"src",
		"lib",
		"app",
		"spec",
		"tests",
		"test",
	];
	const other = near.find((one) => one !== first && isFound(tree, posix.join(above, one + rest)));
	return other === undefined ? undefined : dot + other + rest;
}
