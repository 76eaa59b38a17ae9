// Bundles the toolkit into dist/: its commands and programs are files of their own, what they share lies in dist/chunks.
// dist/packages.json says which packages each file holds, dist/LICENSES.txt under which terms.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { build } from "esbuild";
import { builtins } from "./builtins.js";
import { leanPackages } from "./lean-packages.js";
import { mergeChunks } from "./merge-chunks.js";
import { namedExports } from "./named-exports.js";
import { root } from "./setup.js";
import { temporalDescriptors } from "./temporal-descriptors.js";
import { withoutWslUtils } from "./without-wsl-utils.js";

const dist = join(root, "dist");
const ENTRIES = [
	"src/cli/{main,backend-supervisor}.ts",
	"src/commands/**/*.ts",
	"src/{config/json-schema,errors/reference}.ts",
	"rehearsal/{media-server,forwarder,temporal-front,vast/main,github/main}.ts",
];
/** What packages of the CommonJS kind expect to find in a file. */
const COMMON_JS = [
	'const require = globalThis.process.getBuiltinModule("node:module").createRequire(import.meta.url);',
	"const __filename = import.meta.filename, __dirname = import.meta.dirname;",
].join("");

/** How code is printed. LICENSES.txt has the legal comments. */
const PRINTED = {
	...{ platform: "node", target: "node24", minifyWhitespace: true, minifySyntax: true },
	...{ legalComments: "none", sourcesContent: false, lineLimit: 160 },
};

/** cres speaks English alone: zod's other languages are most of its bytes. And a command parses once, so no parser is compiled. */
const zodForOneRun = {
	name: "zod-for-one-run",
	setup({ onLoad }) {
		const contents = 'export { default as en } from "./en.js";';
		onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents, loader: "js" }));
		onLoad({ filter: /[\\/]zod[\\/]v4[\\/]core[\\/]core\.js$/ }, ({ path }) => ({
			contents: `${readFileSync(path, "utf8")}\nconfig({ jitless: true });\n`,
			loader: "js",
		}));
	},
};

/** The checks of triage as one file, each under its own name: Node looks for every file that it loads. */
const CHECKS = "src/checks/triage-checks";
const checksInOne = {
	name: "checks-in-one",
	setup({ onResolve, onLoad }) {
		onResolve({ filter: new RegExp(`^${CHECKS}$`) }, () => ({ path: CHECKS, namespace: "checks" }));
		onLoad({ filter: /.*/, namespace: "checks" }, () => {
			const names = globSync("src/checks/triage/*.ts", { cwd: root }).map((path) => basename(path, ".ts"));
			const lines = names.toSorted().map((id) => `export { default as "${id}" } from "./src/checks/triage/${id}.ts";`);
			return { contents: lines.join("\n"), loader: "ts", resolveDir: root };
		});
	},
};

/** Bundles all entries; names stay as they are, and source maps lie beside the files for whoever reads a stack. */
export async function bundle() {
	const { metafile } = await build({
		absWorkingDir: root,
		entryPoints: entryPoints(),
		outdir: "dist",
		outbase: ".",
		chunkNames: "chunks/[name]-[hash]",
		bundle: true,
		splitting: true,
		format: "esm",
		...PRINTED,
		sourcemap: "external",
		external: ["cpu-features", "*.node", "typescript"], // optional: their users do without
		plugins: [checksInOne, zodForOneRun, withoutWslUtils, namedExports, leanPackages, temporalDescriptors, builtins],
		banner: { js: COMMON_JS },
		metafile: true,
		logLevel: "warning",
	});
	const files = await mergeChunks(metafile.outputs, COMMON_JS, PRINTED);
	writeFileSync(join(dist, "packages.json"), JSON.stringify(files));
	writeFileSync(join(dist, "LICENSES.txt"), licences([...new Set(Object.values(files).flat())].toSorted()));
}

function entryPoints() {
	const files = ENTRIES.flatMap((pattern) => globSync(pattern, { cwd: root })).map((path) => path.replaceAll(sep, "/"));
	return [...files.map((file) => ({ in: file, out: file.replace(/\.ts$/, "") })), { in: CHECKS, out: CHECKS }];
}

const licences = (directories) =>
	directories
		.map((directory) => {
			const { name, version, license } = JSON.parse(readFileSync(join(root, directory, "package.json"), "utf8"));
			const [file] = globSync("{LICEN[CS]E,licen[cs]e,License,COPYING}*", { cwd: join(root, directory) });
			const terms = file === undefined ? "" : `\n${readFileSync(join(root, directory, file), "utf8").trim()}\n`;
			return `${name} ${version} (${license ?? "see below"})\n${terms}`;
		})
		.join(`\n${"=".repeat(72)}\n`);
