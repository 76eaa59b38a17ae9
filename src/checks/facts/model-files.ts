import { posix } from "node:path";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** A file of weights that a file names. */
export interface ModelFile {
	name: string;
	/** The folder that it stands in there; empty where it has none. */
	folder: string;
	file: SourceFile;
	/** Offset of its path. */
	at: number;
	/** What brings it: a manifest, a download, a copy; what only names it uses it. */
	brings: boolean;
}

const WEIGHTS = /\.(?:gguf|ggml|safetensors|pth?|onnx|ckpt|engine|tflite|llamafile)(?![\w./-])/g;
/** What stands before an ending, to be read backwards. */
const PATH = /(?:https?:\/\/[^\s"'`,;)\]}]*\/|(?:\.{0,2}\/)?(?:[\w.@-]+\/)*)([A-Za-z0-9][\w.+-]*)$/;
const LONGEST = 250;
const DOWNLOADS =
	/\b(?:curl|wget|aria2c?|hf|huggingface-cli|huggingface_hub|hf_hub_download|snapshot_download|rclone|gsutil|gdown|aws\s+s3|mc\s+cp|azcopy|oras|download\w*|fetch\w*|urlretrieve|COPY|ADD|cp|mv|rsync|scp|convert\w*|quantize|export\w*|save\w*|trtexec|touch)\b/i;
const MANIFEST =
	/(?:^|\/)[^/]*(?:manifest|models?|weights|checksums|sha256sums?)[^/]*\.(?:json|ya?ml|toml|txt|csv|tsv|lst|list|manifest|sha256|ini)$|(?:^|\/)(?:manifest|models?)$|\.manifest$|(?:^|\/)sha256sums?(?:\.txt)?$/i;
/** A whole repository of models is brought: its files are not known here. */
const WHOLE =
	/snapshot_download\(|\b(?:hf|huggingface-cli)\s+download\s+[\w.-]+\/[\w.-]+\s*(?:--|\\|$)|git\s+(?:lfs\s+)?clone\s+\S*huggingface\.co/m;
/** A folder of files is brought, with the rest of its line. */
const FOLDER =
	/\b(?:rclone\s+(?:sync|copy)|aws\s+s3\s+sync|gsutil\s+(?:-m\s+)?rsync|mc\s+mirror|rsync)\s(?:\\\r?\n|[^\n])*/g;
const OF_MODELS = /model|weight|checkpoint|ckpt|gguf|llama|whisper|lora|(?:^|[^a-z])hf(?:[^a-z]|$)|huggingface/i;

/** The manifest itself, which brings none. */
const MANIFEST_WORD = /[\w./-]+\.(?:json|ya?ml|toml|txt|csv|conf|ini|py|sh)(?![\w.-])/g;
const FETCHERS = ["snapshot_download", "download", "huggingface.co", "rclone", "sync", "mirror"];

/** Every file of weights that the tree names; undefined where more may be brought than it names. */
export function modelFilesOf(tree: Tree): ModelFile[] | undefined {
	const files = tree.files.filter(({ path, text, language }) =>
		language !== "dockerfile"
			? text.length < 200_000 && !isTest(path) && !isAside(path) && !isSample(path) && standingOf(path) !== "history"
			: !isAside(path),
	);
	const named = files.filter((file) => file.mayMatch(WEIGHTS));
	const found = named.flatMap(inFile);
	if (!found.some(({ brings }) => brings) || found.every(({ brings }) => brings)) return found;
	const folders = new Set(found.flatMap(({ brings, folder }) => (brings || folder === "" ? [] : folder)));
	const fetchers = files.filter(
		({ text, language }) =>
			language !== "markdown" &&
			FETCHERS.some((word) => text.includes(word)) &&
			(WHOLE.test(text) || bringsFolder(text, folders)),
	);
	if (fetchers.length === 0) return found;
	const repositories = fetchers.map(({ text }) => (bringsFolder(text, folders) ? [] : repositoriesIn(text)));
	// A repository that is named has files of its own model alone.
	return repositories.some((own) => own.length === 0)
		? undefined
		: found.filter(({ brings, name }) => brings || !repositories.flat().some((one) => sharesWord(one, name)));
}

/** `Systran/faster-whisper-medium`: the repositories that a file names, if it fetches one. */
const repositoriesIn = (text: string): string[] =>
	[...text.matchAll(/["'\s=]([A-Za-z0-9][\w.-]*\/[A-Za-z][\w.-]*)(?=["'\s,)])/g)]
		.map(([, name]) => name!)
		.filter((name) => !/^(?:application|text|image|audio|video|models?|scripts?|src|bin|tmp)\//.test(name));

/** A word of the model's name, not one that says how it was trained. */
function sharesWord(repository: string, name: string): boolean {
	const words = repository
		.toLowerCase()
		.split(/[^a-z]+/)
		.filter((word) => word.length > 3 && !/^(?:instruct|chat|base|large|medium|small|gguf|fast(?:er)?)$/.test(word));
	return words.some((word) => name.toLowerCase().includes(word));
}

/** It copies a folder of models, or one in which a program looks for its own: not code, not a backup. */
const bringsFolder = (text: string, folders: ReadonlySet<string>): boolean =>
	(text.match(FOLDER) ?? []).some(
		(line) =>
			OF_MODELS.test(line.replaceAll(MANIFEST_WORD, "")) || line.split(/[\s/"'=:]+/).some((word) => folders.has(word)),
	);

function inFile(file: SourceFile): ModelFile[] {
	const isManifest = MANIFEST.test(file.path) && !/^(?:python|javascript|shell)$/.test(file.language);
	const isCode = file.language === "python" || file.language === "javascript";
	return file.matches(WEIGHTS).flatMap(({ 0: ending, index: end }): ModelFile[] => {
		const before = /[^\s"'`,;()[\]{}<>|=]*$/.exec(file.text.slice(Math.max(0, end - LONGEST), end))![0];
		const found = PATH.exec(before);
		if (found === null) return [];
		const [path, name, index] = [found[0] + ending, found[1]! + ending, end - found[0].length];
		// `this.engine` of a program is no file.
		if (isCode && !path.includes("/") && !/["'`]/.test(file.text[end + ending.length] ?? "")) return [];
		const line = lineAround(file.text, index);
		if (/[$*?{]/.test(file.text[index - 1] ?? "") && !path.includes("/")) return [];
		const isUrl = /^https?:/.test(path);
		if (!/^(?:json|markdown|text|other)$/.test(file.language) && isComment(file, index))
			return [{ ...of(file, index, path, name), brings: true }];
		// A document may tell how it comes there; a text of people is not judged.
		const brings = isManifest || isUrl || DOWNLOADS.test(line) || /^(?:markdown|text)$/.test(file.language);
		return [{ ...of(file, index, path, name), brings }];
	});
}

const of = (file: SourceFile, at: number, path: string, name: string): Omit<ModelFile, "brings"> => ({
	...{ file, at, name },
	folder: /^https?:/.test(path) ? "" : posix.basename(posix.dirname(path)).replace(/^\.$/, ""),
});

/** The line, with those that it is continued from. */
function lineAround(text: string, at: number): string {
	let start = text.lastIndexOf("\n", at - 1) + 1;
	while (start > 1 && text[start - 2] === "\\") start = text.lastIndexOf("\n", start - 2) + 1;
	const end = text.indexOf("\n", at);
	return text.slice(start, end === -1 ? undefined : end);
}
