import { editAt, placeIn } from "../facts/found.ts";
import { lostFolders, type LostFolder } from "../facts/model-folders.ts";
import { modelFilesOf, type ModelFile } from "../facts/model-files.ts";
import { nearest } from "../../system/nearest.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { posix } from "node:path";

export default {
	code: "TS236",
	scope: "static",
	severity: "error",
	question: "Is every model file and folder that a program loads one that a manifest or a download brings?",
	why: "The file was replaced by another one in the manifest and not in the start: the program waits for it for ever, or ends at once, on a machine that is paid for.",
	example: "`--model /models/llm/qwen-q5.gguf` and the manifest downloads llm/qwen-q4.gguf: write that.",
	run(tree) {
		const all = modelFilesOf(tree);
		const folders = lostFolders(tree).map(lost);
		if (all === undefined)
			return { looked: "folders of models, of which whole repositories are fetched", findings: folders };
		const brought = all.filter(({ brings }) => brings);
		const used = all.filter(({ brings }) => !brings);
		return {
			looked: `${used.length} uses of model files, ${brought.length} places that bring some`,
			findings: [
				...[...Map.groupBy(used, ({ name }) => name)].flatMap(([name, uses]) => missing(name, uses, brought, tree)),
				...folders,
			],
		};
	},
} satisfies StaticCheck;

function lost({ loads, brought }: LostFolder): Found {
	const [first] = loads;
	const names = [...new Set(brought.map(({ path }) => path))];
	const placeOf = ({ file, at }: LostFolder["loads"][0]) => placeIn(file, file.lineAt(at));
	return {
		message: `${first.file.path} loads ${first.path}, which nothing brings: ${brought[0].file.path} has ${names.join(", ")}`,
		evidence: [placeOf(first), ...[...loads.slice(1, 4), ...brought.slice(0, 3)].map(placeOf)],
		fix: { say: `write the same folder in ${brought[0].file.path} and in ${first.file.path}` },
	};
}

function missing(name: string, uses: readonly ModelFile[], brought: readonly ModelFile[], tree: Tree): Found[] {
	if (brought.some((one) => one.name === name) || tree.paths.some((path) => posix.basename(path) === name)) return [];
	const ending = posix.extname(name);
	// Of the same folder, or of nearly the same name: others are a choice of somebody else.
	const alike = brought.filter(
		(one) =>
			posix.extname(one.name) === ending &&
			isSurely(one) &&
			(uses.some(({ folder }) => isOwnFolder(folder) && folder === one.folder) || isVariant(one.name, name)),
	);
	const names = [...new Set(alike.map((one) => one.name))];
	// Its own program may name what is brought, too: then this is another one.
	const loaded = names.filter(
		(one) => !tree.files.some(({ path, text }) => uses.some((use) => use.file.path === path) && text.includes(one)),
	);
	if (names.length === 0 || loaded.length === 0) return [];
	const meant = nearest(name, loaded) ?? (loaded.length === 1 ? loaded[0] : undefined);
	const [first, ...others] = uses;
	const bringer = alike.find((one) => one.name === (meant ?? loaded[0]))!;
	return [
		{
			message: `${first!.file.path} loads ${name}, which nothing brings: ${bringer.file.path} has ${loaded.slice(0, 3).join(", ")}`,
			evidence: [
				placeIn(first!.file, first!.file.lineAt(first!.at)),
				...others.slice(0, 3).map(({ file, at }) => placeIn(file, file.lineAt(at))),
				placeIn(bringer.file, bringer.file.lineAt(bringer.at)),
			],
			fix: {
				say:
					meant === undefined
						? `name one that is brought, or add ${name} to ${bringer.file.path}`
						: `write ${meant}, or add ${name} to ${bringer.file.path}`,
				...(meant === undefined || others.length > 0
					? {}
					: editAt(first!.file, first!.file.text.indexOf(name, first!.at), name, meant)),
			},
		},
	];
}

/** A word of a program's text need not be a download. */
const isSurely = ({ file, at }: ModelFile): boolean =>
	!/^(?:markdown|python|javascript)$/.test(file.language) ||
	/https?:\/\/\S*$|hf_hub_download|urlretrieve/.test(file.text.slice(file.startOf(file.lineAt(at)), at + 8));

/** `models` holds all of them. */
const isOwnFolder = (folder: string): boolean =>
	!/^(?:|models?|weights|checkpoints|data|assets|files|app|tmp|\.)$/i.test(folder);

/** `Q5_K_M` and `Q4_K_M` of one model, `v2` and `v3`. */
function isVariant(a: string, b: string): boolean {
	const [one, two] = [a, b].map((name) => name.toLowerCase().split(/[-_.]/));
	if (one!.length < 3 && two!.length < 3) return false;
	const shared = one!.filter((word) => two!.includes(word)).length;
	return shared >= Math.max(one!.length, two!.length) - 1 && shared >= 3;
}
