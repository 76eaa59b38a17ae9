import { folderOf } from "../facts/tool-patterns.ts";
import { posix } from "node:path";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { scriptsOf } from "../javascript/scripts.ts";
import { settingsOf } from "../javascript/settings.ts";
import { parseShell } from "../shell/lexer.ts";
import { isFound } from "../tree/glob-found.ts";
import { isTest } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

/** Settings of bundlers, and the keys under which they name what they begin with. */
const SETTINGS: readonly (readonly [RegExp, readonly string[]])[] = [
	[/(?:^|\/)(?:tsup|tsdown)\.config\.[cm]?[jt]s$/, ["entry"]],
	[/(?:^|\/)(?:rollup|rolldown)(?:\.[\w-]+)?\.config\.[cm]?[jt]s$/, ["input"]],
	[/(?:^|\/)webpack(?:\.[\w-]+)?\.config\.[cm]?[jt]s$/, ["entry"]],
	[/(?:^|\/)vite\.config\.[cm]?[jt]s$/, ["entry", "input"]],
	[/(?:^|\/)(?:esbuild|build)(?:\.config)?\.[cm]?[jt]s$/, ["entryPoints"]],
];
const TYPED = /^(?:tsup|tsup-node|tsdown|esbuild|ncc|microbundle|pkgroll)$/;

export default {
	code: "TS234",
	scope: "static",
	severity: "error",
	question: "Is every file that a bundler begins with in the tree?",
	why: "The build stops with `Could not resolve entry`, in the image or the release, because the source was renamed or moved.",
	example: "`entry: ['src/main.ts']` in tsup.config.ts and the tree has src/server.ts: write that.",
	run(tree) {
		const files = tree.files.filter(({ path }) => standingOf(path) === "live" && !isTest(path));
		const entries = files.flatMap((file) => [...inSettings(file), ...inPackage(file)]);
		return {
			looked: `${entries.length} entries of bundlers`,
			findings: entries.flatMap((entry) => missing(entry, tree)),
		};
	},
} satisfies StaticCheck;

interface Entry {
	text: string;
	folder: string;
	place: FilePlace;
}

function inSettings(file: SourceFile): Entry[] {
	const keys = SETTINGS.find(([path]) => path.test(file.path))?.[1] ?? [];
	// Another root, or another folder that paths are joined to, is not known here.
	if (keys.length === 0 || file.has(/(?<![\w.])(?:root|context|absWorkingDir)\s*:/)) return [];
	return keys.flatMap((key) =>
		(settingsOf(file, key) ?? []).map(({ text, at }) => ({ text, folder: folderOf(file), place: file.placeAt(at) })),
	);
}

function inPackage(file: SourceFile): Entry[] {
	if (!/(?:^|\/)package\.json$/.test(file.path)) return [];
	return scriptsOf(file).flatMap(({ text, line }) =>
		/\bcd\s/.test(text)
			? []
			: parseShell(text).commands.flatMap(({ words }) => {
					const [name, ...rest] = words.filter(({ text: one }) => !/^(?:npx|cross-env|[A-Z_]+=.*)$/.test(one));
					if (!TYPED.test(name?.text ?? "")) return [];
					return rest
						.filter(
							(word, at) => !word.dynamic && !word.text.startsWith("-") && !/^-[^=]*$/.test(rest[at - 1]?.text ?? ""),
						)
						.filter(({ text: one }) => /\.[cm]?[jt]sx?$/.test(one))
						.map(({ text: one }) => ({ text: one, folder: folderOf(file), place: placeIn(file, line) }));
				}),
	);
}

const ENDINGS = ["", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", "/index.ts", "/index.tsx", "/index.js"];

function missing({ text, folder, place }: Entry, tree: Tree): Found[] {
	// A name of a package, or something that is computed.
	if (/^!|[$:]|^[/~@]/.test(text) || !/^\.\.?\/|\/|\.[cm]?[jt]sx?$|\.html$/.test(text)) return [];
	const path = posix.join(folder, text);
	if (path.startsWith("..") || ENDINGS.some((ending) => isFound(tree, path + ending))) return [];
	// A package's own path: `core-js/stable`.
	if (!/^\.\.?\//.test(text) && !tree.has(posix.join(folder, text.split("/")[0]!))) return [];
	if (mayBeMade(tree, path) || /(?:^|\/)(?:node_modules|dist|build|generated|\.[\w-]+)\//.test(path)) return [];
	const base = posix.basename(path).replace(/\.\w+$/, "");
	const near =
		tree.paths.find(
			(one) =>
				one.startsWith(folder) && posix.basename(one).replace(/\.\w+$/, "") === base && /\.[cm]?[jt]sx?$/.test(one),
		) ??
		tree.paths.find(
			(one) =>
				posix.dirname(one) === posix.dirname(path) &&
				/^(?:index|main|server|app|cli)\.[cm]?[jt]sx?$/.test(posix.basename(one)),
		);
	const written = near === undefined ? undefined : posix.relative(folder === "" ? "." : folder, near);
	return [
		{
			message: `${place.path} begins a bundle with ${text}, and the tree has no ${path}`,
			evidence: [place],
			fix: {
				say:
					written === undefined
						? `write the path of the source as it is now`
						: `write ${text.startsWith("./") ? `./${written}` : written}`,
			},
		},
	];
}
