import { posix } from "node:path";
import { isOwnSource, isRealImport, moduleImports, namedModules } from "../javascript/imports.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const ENDS = [
	"",
	".ts",
	".tsx",
	".d.ts",
	".js",
	".jsx",
	".mjs",
	".cjs",
	".mts",
	".cts",
	".d.mts",
	".d.cts",
	".json",
	".vue",
	".svelte",
	".node",
	".css",
	".scss",
	".wasm",
	".graphql",
	".native.js",
	".ios.js",
	".web.tsx",
];
const INDEXES = [
	"/index.ts",
	"/index.tsx",
	"/index.js",
	"/index.jsx",
	"/index.mjs",
	"/index.cjs",
	"/index.d.ts",
	"/index.mts",
	"/index.vue",
	"/package.json",
];
/** Written by a build or a bundler. */
const GENERATED =
	/(?:^|\/)(?:esm|cjs|generated|__generated__|\.next|\.nuxt|\.svelte-kit|\+types|node_modules|pkg|\$types)(?:\/|$)|[?!]|\.(?:generated|gen|pb|graphql|worker)(?:\.|$)|^virtual:|\$\{/;

export default {
	code: "TS335",
	scope: "static",
	severity: "error",
	question: "Does every relative import of JavaScript and TypeScript find its file?",
	why: "After a rename the build stops at the import, or the program where nothing builds it.",
	example: '`import { a } from "./store.ts"` and the folder has storage.ts: write "./storage.ts".',
	run(tree) {
		const files = tree.in("javascript").filter(isOwnSource);
		const findings = files.flatMap((file) =>
			[...moduleImports(file), ...namedModules(file)].flatMap((one): Found[] => {
				const path = targetOf(file.path, one.specifier);
				if (path === undefined || resolves(tree, path) || mayBeMade(tree, path) || !isRealImport(file, one)) return [];
				const base = posix.basename(path).replace(/\.\w+$/, "");
				const near = tree.paths.find(
					(other) =>
						posix.basename(other).replace(/\.\w+$/, "") === base &&
						/\.[cm]?[jt]sx?$/.test(other) &&
						other !== file.path,
				);
				return [
					{
						message: `${file.path} imports ${one.specifier}, and the tree has no ${path}`,
						evidence: [file.placeAt(one.at)],
						fix: {
							say:
								near === undefined
									? "import a file of the tree, or bring it back"
									: `import ${near}, if that is the one`,
						},
					},
				];
			}),
		);
		return { looked: `${files.length} files of JavaScript and TypeScript`, findings };
	},
} satisfies StaticCheck;

function targetOf(from: string, specifier: string): string | undefined {
	if (!/^\.{1,2}(?:\/|$)/.test(specifier) || GENERATED.test(specifier)) return undefined;
	const path = posix.join(posix.dirname(from), specifier.replace(/[?#].*$/, ""));
	return path.startsWith("..") ? undefined : path.replace(/\/$/, "");
}

function resolves(tree: Tree, path: string): boolean {
	if (path === "." || (/\.\w+$/.test(path) && tree.has(path))) return true;
	if (ENDS.some((end) => tree.has(path + end) && (end !== "" || tree.file(path) !== undefined))) return true;
	// A declaration keeps `./a.ts`, whose own is a.d.ts; and TypeScript writes `./a.js` for a.ts.
	if (/\.[cm]?tsx?$/.test(path) && tree.has(path.replace(/\.([cm]?)tsx?$/, ".d.$1ts"))) return true;
	const bare = /^(.*)\.([cm]?)jsx?$/.exec(path);
	return (
		hasIndex(tree, path) ||
		(bare !== null &&
			[
				`${bare[1]!}.${bare[2]!}ts`,
				`${bare[1]!}.tsx`,
				`${bare[1]!}.d.ts`,
				`${bare[1]!}.${bare[2]!}js`,
				`${bare[1]!}.d.${bare[2]!}ts`,
				`${bare[1]!}.vue`,
			].some((one) => tree.has(one)))
	);
}

const hasIndex = (tree: Tree, path: string): boolean => INDEXES.some((end) => tree.has(path + end));
