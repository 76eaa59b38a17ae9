import { posix } from "node:path";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";
import { flagOf, settingsOf } from "./settings.ts";

/** What one command of a build does to a folder. */
export interface BuildStep {
	/** As it is typed. */
	typed: string;
	place: FilePlace;
	/** Folders that it fills, from the root of the tree. */
	writes: readonly string[];
	/** The folder that it empties before, with what says so. */
	cleans?: { folder: string; place: FilePlace };
}

const optionOf = (words: readonly string[], ...names: readonly string[]): string | undefined => {
	for (const [at, word] of words.entries()) {
		if (names.includes(word)) return words[at + 1];
		const name = names.find((one) => word.startsWith(`${one}=`));
		if (name !== undefined) return word.slice(name.length + 1);
	}
	return undefined;
};

/** What a command of a known tool fills and empties; undefined for another one. */
export function effectOf(tree: Tree, all: readonly string[], folder: string, place: FilePlace): BuildStep | undefined {
	const words = all
		.filter((word, at) => at > 0 || word !== "npx")
		.filter((word) => !/^(?:cross-env|dotenv|--)$/.test(word) && !/^[A-Z_]+=/.test(word));
	const [name = "", ...rest] = words;
	const typed = words.join(" ");
	const path = (one: string): string => posix.join(folder, one).replace(/\/$/, "");
	const step = (out: string | undefined, cleans?: FilePlace): BuildStep | undefined =>
		out === undefined || /[$*]|^\/|^\.\./.test(out) || path(out) === "." || path(out) === ""
			? undefined
			: {
					typed,
					place,
					writes: [path(out)],
					...(cleans === undefined ? {} : { cleans: { folder: path(out), place: cleans } }),
				};
	const config = (pattern: RegExp): SourceFile | undefined =>
		tree.files.find(
			(file) => posix.dirname(file.path).replace(/^\.$/, "") === folder && pattern.test(posix.basename(file.path)),
		);
	if (name === "tsc")
		return /--noEmit\b|--watch|^tsc -[bw]|--build/.test(typed)
			? undefined
			: step(optionOf(rest, "--outDir") ?? outDirOf(tree, path(optionOf(rest, "-p", "--project") ?? "tsconfig.json")));
	if (/^(?:rimraf|del-cli|del)$/.test(name) || (/^(?:rm|shx)$/.test(name) && /\brm\b.*\s-\w*r/.test(typed))) {
		const target = rest.find((word) => !word.startsWith("-") && word !== "rm");
		const cleaned = step(target?.replace(/\/?\*+$/, ""), place);
		return cleaned && { ...cleaned, writes: [] };
	}
	if (/^(?:tsup|tsup-node|tsdown|unbuild)$/.test(name)) return packed(name, rest, config, step, place);
	if (name === "vite" && rest[0] === "build") return bundledByVite(rest, config(/^vite\.config\./), step, place);
	if (name === "webpack") {
		const file = config(/^webpack\.config\./);
		const out =
			file &&
			/\bpath\s*:\s*(?:path\.)?(?:resolve|join)\(\s*(?:__dirname|import\.meta\.dirname|process\.cwd\(\))\s*,\s*["']([\w./-]+)["']\s*\)/.exec(
				file.text,
			)?.[1];
		const clean = file && flagOf(file, "clean");
		return file === undefined
			? undefined
			: step(out ?? "dist", clean?.value === true ? file.placeAt(clean.at) : undefined);
	}
	if (name === "esbuild") return step(optionOf(rest, "--outdir") ?? dirnameOf(optionOf(rest, "--outfile")));
	if (/^(?:swc|babel)$/.test(name))
		return step(optionOf(rest, "-d", "--out-dir"), /--delete-dir-on-start/.test(typed) ? place : undefined);
	if (/^(?:cp|copyfiles|cpx|cpy|ncp|shx)$/.test(name) && rest.length > 1)
		return step(/^[\w./-]+$/.test(rest.at(-1)!) ? rest.at(-1)!.split("/")[0] : undefined);
	if (name === "vue-cli-service" && rest[0] === "build")
		return step(optionOf(rest, "--dest") ?? "dist", rest.includes("--no-clean") ? undefined : place);
	return name === "react-scripts" && rest[0] === "build" ? step("build", place) : undefined;
}

type Make = (out: string | undefined, cleans?: FilePlace) => BuildStep | undefined;
type Config = (pattern: RegExp) => SourceFile | undefined;

const dirnameOf = (path: string | undefined): string | undefined =>
	path === undefined || !path.includes("/") ? undefined : posix.dirname(path);

const outDirOf = (tree: Tree, path: string): string | undefined => {
	const file = tree.file(path.endsWith(".json") ? path : `${path}/tsconfig.json`);
	const found = file && /^\s*(?!\/\/).*"outDir"\s*:\s*"(?:\.\/)?([^"]+?)\/?"/m.exec(file.text)?.[1];
	return file === undefined || found === undefined || file.has(/"noEmit"\s*:\s*true/)
		? undefined
		: posix.relative(posix.dirname(file.path), posix.join(posix.dirname(file.path), found));
};

function packed(
	name: string,
	rest: readonly string[],
	config: Config,
	make: Make,
	place: FilePlace,
): BuildStep | undefined {
	const file = config(
		name === "tsdown" ? /^tsdown\.config\./ : name === "unbuild" ? /^build\.config\./ : /^tsup\.config\./,
	);
	const outs = file === undefined ? [] : settingsOf(file, "outDir");
	if (outs === undefined || outs.length > 1) return undefined;
	const flag = file && flagOf(file, "clean");
	const isClean = rest.includes("--clean") || (flag?.value ?? name !== "tsup");
	const by = rest.includes("--clean") || flag === undefined ? place : file!.placeAt(flag.at);
	return make(
		optionOf(rest, "-d", "--out-dir") ?? outs[0]?.text.replace(/^\.\//, "") ?? "dist",
		isClean && !rest.includes("--no-clean") && !name.startsWith("tsup-") ? by : undefined,
	);
}

function bundledByVite(
	rest: readonly string[],
	file: SourceFile | undefined,
	make: Make,
	place: FilePlace,
): BuildStep | undefined {
	if (file !== undefined && file.has(/(?<![\w.])root\s*:/)) return undefined;
	const outs = file === undefined ? [] : settingsOf(file, "outDir");
	const flag = file && flagOf(file, "emptyOutDir");
	if (outs === undefined || outs.length > 1) return undefined;
	const keeps = flag?.value === false || /--emptyOutDir[= ]false|--no-emptyOutDir/.test(rest.join(" "));
	const by = flag === undefined ? place : file!.placeAt(flag.at);
	return make(optionOf(rest, "--outDir") ?? outs[0]?.text.replace(/^\.\//, "") ?? "dist", keeps ? undefined : by);
}
