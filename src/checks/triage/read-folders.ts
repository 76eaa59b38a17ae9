import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS348",
	scope: "static",
	severity: "error",
	question: "Does every script look for files in the folder that another program writes them to?",
	why: "The folder is not there, so that the loop over its files does nothing, without a word: no program is stopped, no result is collected.",
	example: 'The manager writes `ROOT / ".run" / f"{name}.pid"`, and the script goes through `run/*.pid`: write `.run`.',
	run(tree) {
		const code = tree.files.filter((file) => isCode(file) && standingOf(file.path) === "live");
		const reads = code.flatMap(readsIn);
		return {
			looked: `${reads.length} loops over the files of a folder`,
			findings: reads.flatMap((read) => elsewhere(tree, code, read)),
		};
	},
} satisfies StaticCheck;

const isCode = ({ language, text }: SourceFile): boolean =>
	/^(?:powershell|shell|python|javascript)$/.test(language) && text.length < 300_000;

interface Read {
	file: SourceFile;
	folder: string;
	/** Offset of the folder's name. */
	at: number;
	/** Without its dot. */
	ending: string;
}

const LOOPS: Readonly<Record<string, readonly RegExp[]>> = {
	powershell: [
		/\b(?:Get-ChildItem|gci|dir)\b[^\n|]*?(?:Join-Path\s+\S+\s+|\$\w+[\\/])["']?([.\w-]+)["']?[^\n|]*?-(?:Filter|Include)\s+["']?\*\.(\w{2,6})\b/dgi,
		/\b(?:Get-ChildItem|gci|dir)\b[^\n|]*?[\\/]([.\w-]+)[\\/]\*\.(\w{2,6})\b/dgi,
	],
	shell: [/(?:\$\{?\w+\}?"?\/|(?<=[\s"']))([.\w-]+)\/"?\*\.(\w{2,6})\b/dg],
	python: [/\/\s*["']([.\w-]+)["']\s*\)\.r?glob\(\s*["']\*\.(\w{2,6})["']/dg],
	javascript: [],
};
/** Files that people write. */
const SOURCES = /^(?:py|[cm]?[jt]sx?|ps1|psm1|sh|md|ya?ml|toml|conf|txt|html|css|sql|service|tar|gz|zip)$/i;

const readsIn = (file: SourceFile): Read[] =>
	LOOPS[file.language]!.flatMap((pattern) =>
		file.matches(pattern).flatMap(({ 1: folder, 2: ending, indices }): Read[] => {
			const at = indices![1]![0];
			return SOURCES.test(ending!) || /^\.{0,2}$/.test(folder!) || isComment(file, at)
				? []
				: [{ file, folder: folder!, at, ending: ending! }];
		}),
	);

/** Without what is easily taken for something else: a dot before it, the plural, hyphens. */
const keyOf = (name: string): string => name.toLowerCase().replaceAll(/[._-]/g, "").replace(/s$/, "");

const WRITES =
	/write_(?:text|bytes)\(|\bopen\([^)\n]*["'][wax]b?["']|writeFile|createWriteStream|Set-Content|Out-File|mkdir|>\s*["']?\$/;

function elsewhere(tree: Tree, code: readonly SourceFile[], { file, folder, at, ending }: Read): Found[] {
	const named = new RegExp(`["'\`/\\\\]${RegExp.escape(folder)}["'\`/\\\\]`);
	if (tree.paths.some((path) => path.split("/").slice(0, -1).includes(folder))) return [];
	const others = code.filter((one) => one !== file);
	// Somebody makes it, or knows it.
	if (others.some(({ text }) => named.test(text)) || file.has(/\b(?:mkdir|New-Item|md)\b/)) return [];
	const makes = new RegExp(`[\\w}"'*)]\\.${ending}["'\`]`);
	const found = others.flatMap((one) => {
		if (!makes.test(one.text) || !WRITES.test(one.text)) return [];
		const names = [...one.text.matchAll(/(?<=["'`/\\])([.\w-]+)(?=["'`/\\])/g)].filter(
			({ 0: name, index }) => name !== folder && keyOf(name) === keyOf(folder) && !isComment(one, index),
		);
		return names.slice(0, 1).map(({ 0: name, index }) => ({ file: one, name, line: one.lineAt(index) }));
	});
	const [first] = found;
	if (first === undefined || new Set(found.map(({ name }) => name)).size !== 1) return [];
	return [
		{
			message: `${file.path} looks for *.${ending} in ${folder}, and ${first.file.path} writes them to ${first.name}`,
			evidence: [placeIn(file, file.lineAt(at)), ...found.slice(0, 3).map((one) => placeIn(one.file, one.line))],
			fix: { say: `write ${first.name}`, ...editAt(file, at, folder, first.name) },
		},
	];
}
