import { posix } from "node:path";
import { madeFrom } from "../dockerfile/holds.ts";
import { dockerfilesOf, type DockerModel } from "../dockerfile/model.ts";
import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS543",
	scope: "static",
	severity: "error",
	question: "Does an image make the folder that its code works in, and not another one beside it?",
	why: "The folder is not there, and the program may not make it: the first job fails, long after the image was built.",
	example: '`RUN install -d /var/lib/app/tmp`, and the code has `scratch_dir = "/var/lib/app/scratch"`: write one.',
	run(tree) {
		const made = dockerfilesOf(tree).flatMap((model) => (standingOf(model.file.path) === "live" ? madeIn(model) : []));
		return {
			looked: `${made.length} folders that images make`,
			findings: made.filter((one) => !isNamed(tree, one.path, one.model.file)).flatMap((one) => beside(tree, one)),
		};
	},
} satisfies StaticCheck;

interface Made {
	path: string;
	/** An offset in the Dockerfile. */
	at: number;
	model: DockerModel;
}

const MAKES = /\b(?:mkdir|install\s+(?:-\S+\s+(?:\S+\s+)??)*?-d)\b([^;&|]*)/g;
/** Below a folder of the product: `/var/lib/app/tmp`. */
const FOLDER = /(?<=\s)\/(?:var\/(?:lib|cache|spool|log)|srv|data|opt|app|home)\/(?:[\w.-]+\/)*[\w-]+(?=\s|$)/g;

const madeIn = (model: DockerModel): Made[] =>
	(model.stages.at(-1)?.steps ?? [])
		.filter(({ keyword }) => keyword === "RUN")
		.flatMap((step) =>
			[...step.rest.matchAll(MAKES)].flatMap(({ 1: words, index, 0: all }) =>
				[...words!.matchAll(FOLDER)].map(({ 0: path, index: at }) => ({
					path,
					at: step.restAt + index + all.length - words!.length + at,
					model,
				})),
			),
		)
		.filter(({ path }) => path.split("/").length > 3 && posix.dirname(path) !== "/var/lib");

const LIVE = /^(?:dockerfile|shell|yaml|ini|python|javascript|json|toml|env|makefile|nginx|text|other)$/;

/** Any other line of what runs has the folder. */
function isNamed(tree: Tree, path: string, but?: SourceFile): boolean {
	const whole = new RegExp(`${RegExp.escape(path)}(?![\\w.-])`, "g");
	return tree.files.some(
		(file) =>
			LIVE.test(file.language) &&
			standingOf(file.path) === "live" &&
			file.text.includes(path) &&
			(file.text.match(whole)?.length ?? 0) > (file === but ? 1 : 0),
	);
}

/** Code of the image that has another folder in the same one, which nothing makes. */
function beside(tree: Tree, { path, at, model }: Made): Found[] {
	const holds = madeFrom(tree, model);
	const parent = posix.dirname(path);
	const literal = new RegExp(
		`\\b(\\w+)\\b[^\\n=:]{0,3}[:=][^\\n]{0,120}?["'](${RegExp.escape(parent)}/[\\w-]+)["']`,
		"g",
	);
	const code = holds === undefined ? [] : tree.in("python", "javascript").filter((file) => holds(file.path));
	const used = code
		.filter((file) => file.text.includes(`${parent}/`) && standingOf(file.path) === "live")
		.flatMap((file) =>
			[...file.text.matchAll(literal)].map(({ 0: all, 1: name, 2: folder, index }) => ({
				file,
				name: name!,
				folder: folder!,
				at: index + all.length - folder!.length - 1,
			})),
		)
		.filter((one) => one.folder !== path && !isComment(one.file, one.at) && !isNamed(tree, one.folder, one.file));
	const [first] = used;
	if (first === undefined || new Set(used.map(({ folder }) => folder)).size > 1 || makes(code, first)) return [];
	return [
		{
			message: `${model.file.path} makes ${path}, which nothing uses, and its code works in ${first.folder}, which nothing makes`,
			evidence: [model.file.placeAt(at), placeIn(first.file, first.file.lineAt(first.at))],
			fix: { say: `make ${first.folder} in the image`, ...editAt(model.file, at, path, first.folder) },
		},
	];
}

/** The program makes it itself: where the text stands, or where its name is used. */
const makes = (code: readonly SourceFile[], { file, name }: { file: SourceFile; name: string }): boolean =>
	code.some(
		(one) => one.has(MKDIR) && (one === file || one.lines.some((line) => line.includes(name) && MKDIR.test(line))),
	);

const MKDIR = /mkdir|makedirs|ensure_?dir/i;
