import { posix } from "node:path";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** A folder of a model, by its absolute path. */
interface Folder {
	path: string;
	file: SourceFile;
	at: number;
}

/** A folder that a program loads and nothing brings, beside one that is brought and loaded by nobody. */
export interface LostFolder {
	loads: readonly [Folder, ...Folder[]];
	brought: readonly [Folder, ...Folder[]];
}

const MANIFEST = /(?:^|\/)[^/]*(?:models?|weights|checkpoints)[^/]*\.(?:json|ya?ml|toml)$/i;
const ROOT = /["']?\b(?:root|base|base_dir|models_dir|model_dir|folder|prefix)["']?\s*[:=]\s*["']?(\/[\w./-]+)/;
const ENTRY =
	/["']?\b(?:dir|directory|folder|local_dir|target|dest|path|name)["']?\s*[:=]\s*["']?([\w.-]+)["']?(?=\s*(?:[,}#]|$))/gm;
/** What says that an entry is fetched. */
const FETCHED = /\b(?:repo|repo_id|repository|revision|url|source|hf)["']?\s*[:=]/;
const TYPED = /(?:--local-dir[= ]|\blocal_dir\s*=\s*)["']?(\/[\w.-]+(?:\/[\w.-]+)+)/g;
const USERS = /^(?:python|javascript|yaml|json|toml|ini|env|dockerfile|shell)$/;

/** Folders of manifests and of downloads against those that programs and settings name below the same root. */
export function lostFolders(tree: Tree): LostFolder[] {
	const files = tree.files.filter(
		({ path, text, language }) =>
			USERS.test(language) &&
			standingOf(path) === "live" &&
			text.length < 200_000 &&
			!isAside(path) &&
			!isTest(path) &&
			!isSample(path),
	);
	const brought = files.flatMap((file) => [...(MANIFEST.test(file.path) ? inManifest(file) : []), ...typedIn(file)]);
	const byRoot = Map.groupBy(brought, ({ path }) => posix.dirname(path));
	return [...byRoot].flatMap(([root, own]) => {
		const named = files.filter((file) => file.includes(`${root}/`)).flatMap((file) => below(file, root, own));
		const paths = new Set(own.map(({ path }) => path));
		const used = new Set(named.map(({ path }) => path));
		const orphans = own.filter(({ path }) => !used.has(path));
		// Where no folder of the manifest is loaded by its path, the path is put together.
		if (own.every(({ path }) => !used.has(path)) || orphans.length === 0) return [];
		const lost = Map.groupBy(
			named.filter(({ path }) => !paths.has(path)),
			({ path }) => path,
		);
		return lost.size > orphans.length
			? []
			: [...lost.values()].map((loads) => ({
					loads: loads as unknown as LostFolder["loads"],
					brought: orphans as unknown as LostFolder["brought"],
				}));
	});
}

function inManifest(file: SourceFile): Folder[] {
	const root = ROOT.exec(file.text)?.[1]?.replace(/\/$/, "");
	if (root === undefined || !file.has(FETCHED)) return [];
	const all = file.matches(ENTRY);
	const key = (text: string): string => /\w+/.exec(text)![0];
	// A list of models has each of its keys as often as it has entries.
	const kinds = ["local_dir", "dir", "directory", "folder", "target", "dest", "path", "name"];
	const kind = kinds.find((one) => all.some(([text]) => key(text) === one));
	return all
		.filter(([text]) => key(text) === kind)
		.map(({ 0: text, 1: name, index }) => ({
			path: posix.join(root, name!),
			file,
			at: index + text.indexOf(name!, text.search(/[:=]/)),
		}));
}

const typedIn = (file: SourceFile): Folder[] =>
	file
		.matches(TYPED)
		.flatMap(({ 0: all, 1: path, index }) =>
			isComment(file, index) ? [] : [{ path: path!.replace(/\/$/, ""), file, at: index + all.length - path!.length }],
		);

/** Folders right below a root that a file names, where it does not bring them. */
function below(file: SourceFile, root: string, brought: readonly Folder[]): Folder[] {
	if (MANIFEST.test(file.path)) return [];
	const named = new RegExp(`(?<![\\w/.$}])${RegExp.escape(root)}/([\\w.-]*\\w)(?=/|["'\\s,;:)]|$)`, "gm");
	return file.matches(named).flatMap(({ 0: path, index }) => {
		const line = file.lines[file.lineAt(index) - 1] ?? "";
		const brings = brought.some((one) => one.file === file && one.at === index);
		return brings || /\.\w{2,11}$/.test(path) || isComment(file, index) || /\b(?:mkdir|COPY|ADD|cp|mv|rm)\b/.test(line)
			? []
			: [{ path, file, at: index }];
	});
}
