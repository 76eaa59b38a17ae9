import { posix } from "node:path";
import { contextsOf } from "../dockerfile/contexts.ts";
import { copiesOf, onPlainBase, sourcesAt } from "../dockerfile/image-files.ts";
import { dockerfilesOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { nearest } from "../../system/nearest.ts";
import { placeIn } from "../facts/found.ts";
import { ownPlaces, type OwnPlace } from "../facts/own-places.ts";
import { outputsOf } from "../javascript/outputs.ts";
import { loadedIn } from "../python/loaded-in-image.ts";
import { isAside } from "../tree/aside.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS396",
	scope: "static",
	severity: "error",
	question:
		"Is what a program reads at a place beside its own file there, in the tree and in the image that holds the program?",
	why: "The path was right before a file was renamed, or before the image copied less: the program ends where it reads it.",
	example: "`new URL('../db/migrations', import.meta.url)`, and the last stage copies dist alone: COPY db as well.",
	run(tree) {
		const places = ownPlaces(tree);
		const images = places.length === 0 ? [] : dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
		return {
			looked: `${places.length} paths from the place of a file`,
			findings: [
				...places.flatMap((one) => gone(tree, one)),
				...images.flatMap((model) => leftOut(tree, model, places)),
			],
		};
	},
} satisfies StaticCheck;

const READS =
	/\b(?:readFile\w*|readdir\w*|createReadStream|read_text|read_bytes|open|load\w*|Get-Content|Import-\w+|ConvertFrom-\w+)\b|\scompose\s[^\n]*-f\b|--(?:env-file|config|file)\b/i;
const MAKES =
	/write|mkdir|\bcopy|Copy-Item|New-Item|Set-Content|Out-File|Add-Content|Test-Path|exists|isfile|is_file|is_dir|access|unlink|\brm\b|Remove-Item|["'][wax]b?\+?["']|appendFile|dump/i;

/** A file with an ending that is read, never made or asked for, and that no build makes. */
function gone(tree: Tree, { file, at, written, path, name }: OwnPlace): Found[] {
	if (
		!/\.\w{2,5}$/.test(path) ||
		/\.(?:[cm]?[jt]sx?|map|pyc?|log|db|sqlite3?|pid|lock|sock)$/.test(path) ||
		tree.has(path)
	)
		return [];
	const own = file.lines[file.lineAt(at) - 1]!;
	const word = name === undefined ? undefined : new RegExp(`(?<![\\w$])${RegExp.escape(name)}(?!\\w)`, "i");
	const used = word === undefined ? [own] : file.lines.filter((line) => word.test(line));
	if (!used.some((line) => READS.test(line)) || used.some((line) => MAKES.test(line)) || mayBeMade(tree, path))
		return [];
	const folder = posix.dirname(path) === "." ? "" : `${posix.dirname(path)}/`;
	const beside = tree.paths.filter(
		(one) =>
			one.startsWith(folder) && !one.slice(folder.length).includes("/") && posix.extname(one) === posix.extname(path),
	);
	const meant = nearest(path, beside, 6) ?? (beside.length === 1 ? beside[0] : undefined);
	return [
		{
			message: `${file.path} reads ${written}, and the tree has no ${path}`,
			evidence: [placeIn(file, file.lineAt(at))],
			fix: {
				say:
					meant === undefined ? `bring ${path} back, or write the path as it is now` : `write ${posix.basename(meant)}`,
			},
		},
	];
}

const covers = (held: readonly string[], path: string): boolean =>
	held.some(
		(one) => one === "" || one === "." || path === one || path.startsWith(`${one}/`) || one.startsWith(`${path}/`),
	);

/** The last stage holds the program, as source or compiled, and not what it reads. */
function leftOut(tree: Tree, model: DockerModel, places: readonly OwnPlace[]): Found[] {
	const last = model.stages.at(-1);
	const held = last === undefined ? undefined : heldBy(tree, model, last);
	if (held === undefined) return [];
	const loaded = loadedIn(tree, model, last!);
	return places.flatMap(({ file, at, path }): Found[] => {
		const output = outputsOf(tree).find(
			({ folder, rootDir }) => rootDir !== undefined && file.path.startsWith(`${folder}${rootDir}/`),
		);
		const root = output === undefined ? undefined : `${output.folder}${output.rootDir!}/`;
		const runs = output === undefined ? covers(held, file.path) : covers(held, `${output.folder}${output.outDir}`);
		if (file.language === "python" && loaded?.has(file) === false) return [];
		if (!runs || covers(held, path) || !tree.has(path) || (root !== undefined && path.startsWith(root))) return [];
		if (isBrought(tree, model, posix.basename(path))) return [];
		return [
			{
				message: `${file.path} reads ${path}, and the last stage of ${model.file.path} does not copy it`,
				evidence: [
					model.file.placeAt(copiesOf(last!).at(-1)?.step.start ?? last!.from.start),
					placeIn(file, file.lineAt(at)),
				],
				fix: { say: `COPY ${path} into the last stage of ${model.file.path}` },
			},
		];
	});
}

/** By a RUN that names it, or by what is mounted there when it runs. */
const isBrought = (tree: Tree, { steps }: DockerModel, base: string): boolean =>
	steps.some(({ keyword, rest }) => keyword === "RUN" && rest.includes(base)) ||
	tree
		.in("yaml", "shell")
		.some(({ text }) =>
			new RegExp(`:/[\\w./-]*/${RegExp.escape(base)}(?![\\w-])|mountPath:[^\\n]*${RegExp.escape(base)}`).test(text),
		);

/** Paths of the tree that lie in a stage; undefined where some of it is not known. */
function heldBy(tree: Tree, model: DockerModel, stage: Stage): string[] | undefined {
	const contexts = contextsOf(tree, model.file.path);
	if (contexts === undefined || contexts.length > 2 || !onPlainBase(stage)) return undefined;
	const held: string[] = [];
	for (const { from, sources } of copiesOf(stage)) {
		const other =
			from === undefined ? undefined : model.stages.find(({ name, index }) => name === from || String(index) === from);
		for (const source of sources) {
			const found =
				from === undefined
					? contexts.map((context) => posix.join(context, source).replace(/\/$/, ""))
					: other === undefined
						? []
						: sourcesAt(tree, model, other, posix.resolve("/", source));
			// What another stage made outside of what it copied may be anything of the tree.
			const foreign =
				other !== undefined &&
				found.length === 0 &&
				!/node_modules|^\/(?:usr|opt\/venv|root|etc|venv)\b|\/\.venv/.test(posix.resolve("/", source));
			if (foreign || /[*?$]/.test(source)) return undefined;
			held.push(...found);
		}
	}
	return held;
}
