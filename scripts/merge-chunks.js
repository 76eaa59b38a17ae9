// Joins the files of dist/chunks that are read together: Node takes time for each file, and esbuild makes one for every
// set of entries that share something. esbuild cannot join them; Rolldown, which Vitest brings, can.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { transform } from "esbuild";
import { rolldown } from "rolldown";
import { root } from "./setup.js";

const dist = join(root, "dist");

/**
 * What is joined, from what every command reads to what few do: each holds all chunks that its files import, besides
 * those of the groups before, so that no group imports a later one.
 */
const GROUPS = {
	start: ["src/cli/main", "src/commands/exit-codes"],
	settings: ["src/cli/context", "src/cli/talk", "src/cli/machine", "src/commands/releases", "src/commands/logs"],
	rollout: ["src/commands/status", "src/commands/deploy", "src/commands/rollback"],
	docker: ["src/instances/open", "src/instances/docker/instance", "src/temporal/temporal", "src/registry/registry"],
	store: ["src/store/store", "src/store/open"],
	vast: ["src/instances/vast/instance", "src/cli/open-vast"],
};

/**
 * Writes dist anew with the groups joined.
 * @param {import("esbuild").Metafile["outputs"]} outputs
 * @param {string} banner what esbuild wrote at the top of each file; it stays where it is needed
 * @param {import("esbuild").TransformOptions} printed how esbuild has printed, and prints again
 * @returns {Promise<Record<string, string[]>>} file of dist → the packages in it, as directories from the root
 */
export async function mergeChunks(outputs, banner, printed) {
	const code = Object.keys(outputs).filter((path) => path.endsWith(".js"));
	const entries = code.filter((path) => !isChunk(path));
	const bundle = await rolldown({
		cwd: root,
		input: Object.fromEntries(entries.map((path) => [inDist(path).replace(/\.js$/, ""), `./${path}`])),
		platform: "node",
		external: (id) => !/^\.|^[/\\]|^[a-z]:/i.test(id),
		preserveEntrySignatures: "strict",
		treeshake: false,
		plugins: [asPrinted(banner)],
	});
	const groups = Array.from(groupsOf(outputs), ([name, files]) => ({ name, test: (id) => files.has(fromRoot(id)) }));
	const { output } = await bundle.generate({
		...{ dir: dist, format: "esm", sourcemap: "inline", codeSplitting: { groups } },
		...{ entryFileNames: "[name].js", chunkFileNames: "chunks/[name].js" },
	});
	await bundle.close();
	for (const path of Object.keys(outputs)) rmSync(join(root, path));
	const print = async ({ fileName, code: text }) => {
		const file = join(dist, fileName);
		const { code: short, map } = await transform(text, { ...printed, sourcemap: "external", loader: "js" });
		writeFileSync(file, short);
		writeFileSync(`${file}.map`, map);
	};
	await Promise.all(output.map(print));
	const packages = ({ moduleIds }) => new Set(moduleIds.flatMap((id) => packagesOf(outputs[fromRoot(id)])));
	return Object.fromEntries(output.map((file) => [file.fileName, [...packages(file)]]));
}

const isChunk = (path) => path.startsWith("dist/chunks/");
const inDist = (path) => path.slice("dist/".length);
const fromRoot = (id) => relative(root, id).replaceAll(sep, "/");

/** The packages that a file of esbuild holds. */
const packagesOf = ({ inputs } = { inputs: {} }) =>
	Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);

/** Name → chunks, as files of `outputs`. */
function groupsOf(outputs) {
	const byEntry = new Map(Object.entries(outputs).map(([path, { entryPoint }]) => [entryPoint, path]));
	const seen = new Set();
	const read = (path) => {
		if (seen.has(path)) return [];
		seen.add(path);
		const imports = outputs[path].imports.filter(({ kind, external }) => kind === "import-statement" && !external);
		return [...(isChunk(path) ? [path] : []), ...imports.flatMap((one) => read(one.path))];
	};
	return new Map(
		Object.entries(GROUPS).map(([name, sources]) => [
			name,
			new Set(sources.flatMap((source) => read(byEntry.get(`${source}.ts`)))),
		]),
	);
}

/** A file as esbuild has written it, with its map; lines stay where they are. */
const asPrinted = (banner) => ({
	name: "as-printed",
	load(id) {
		const text = readFileSync(id, "utf8");
		const rest = text.replace(banner, "");
		const code = /\b(?:require|__filename|__dirname)\b/.test(rest) ? text : rest;
		return { code, map: readFileSync(`${id}.map`, "utf8") };
	},
});
