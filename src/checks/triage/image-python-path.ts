import { posix } from "node:path";
import { chainOf, copiesOf, sourcesAt } from "../dockerfile/image-files.ts";
import { assignments, dockerfilesOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { isTest } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS547",
	scope: "static",
	severity: "error",
	question: "Do the folders of PYTHONPATH hold the packages that the image copies?",
	why: "Python looks for a package in the folders that PYTHONPATH names, not below them: every start ends with ModuleNotFoundError.",
	example: "`COPY src/ src/` below /opt/app and `ENV PYTHONPATH=/opt/app`: write /opt/app/src.",
	run(tree) {
		const models = dockerfilesOf(tree);
		const packages = models.length === 0 ? [] : packagesOf(tree);
		return {
			looked: `${models.length} Dockerfiles, ${packages.length} packages`,
			findings: models.flatMap((model) => inImage(tree, model, packages)),
		};
	},
} satisfies StaticCheck;

/** Names of packages with an `__init__.py` that are in no other one. */
function packagesOf(tree: Tree): string[] {
	const folders = tree.paths.filter((path) => path.endsWith("/__init__.py")).map((path) => posix.dirname(path));
	const all = new Set(folders);
	return [
		...new Set(
			folders.filter((one) => !all.has(posix.dirname(one)) && !isTest(`${one}/`)).map((one) => posix.basename(one)),
		),
	];
}

function inImage(tree: Tree, model: DockerModel, packages: readonly string[]): Found[] {
	const stage = model.stages.at(-1);
	const named = stage && pathOf(model, stage);
	if (stage === undefined || named === undefined || installsProject(stage)) return [];
	const copies = copiesOf(stage);
	// What another stage or image brings is not known.
	if (
		copies.some(({ from, to }) => from !== undefined && named.folders.some((one) => to === undefined || isIn(one, to)))
	)
		return [];
	const heldIn = (folder: string): string | undefined =>
		packages.find((name) =>
			sourcesAt(tree, model, stage, posix.join(folder, name, "__init__.py")).some((at) => tree.has(at)),
		);
	const isOfUse = (folder: string): boolean =>
		heldIn(folder) !== undefined ||
		sourcesAt(tree, model, stage, posix.join(folder, "_")).some((at) => holdsModules(tree, posix.dirname(at)));
	if (named.folders.some(isOfUse)) return [];
	const right = copies
		.flatMap(({ to, step }) => (to === undefined ? [] : [{ folder: to.replace(/(?<=.)\/$/, ""), step }]))
		.find(({ folder }) => heldIn(folder) !== undefined);
	if (right === undefined) return [];
	const { folder, step } = right;
	return [
		{
			message: `PYTHONPATH is ${named.folders.join(":")}, and the image has the package ${heldIn(folder)!} in ${folder}`,
			evidence: [named.place, model.file.placeAt(step.start)],
			fix: { say: `write ${folder}` },
		},
	];
}

/** `folder` is `to`, below or above it. */
const isIn = (folder: string, to: string): boolean => {
	const bare = to.replace(/(?<=.)\/$/, "");
	return bare === folder || bare.startsWith(`${folder}/`) || folder.startsWith(bare === "/" ? "/" : `${bare}/`);
};

/** Modules that lie right in the folder. */
const holdsModules = (tree: Tree, folder: string): boolean =>
	tree.paths.some((path) => path.endsWith(".py") && posix.dirname(path) === folder);

/** What PYTHONPATH is at the end of a stage, where it says so itself. */
function pathOf({ file }: DockerModel, stage: Stage): { folders: string[]; place: FilePlace } | undefined {
	const set = chainOf(stage).flatMap(({ steps }) =>
		steps
			.filter(({ keyword }) => keyword === "ENV")
			.flatMap((step) =>
				assignments(step).flatMap(([name, value, at]) => (name === "PYTHONPATH" ? [{ value, at }] : [])),
			),
	);
	const { value, at } = set.at(-1) ?? {};
	if (value === undefined || at === undefined || /[$]/.test(value)) return undefined;
	const folders = value
		.replaceAll(/^["']|["']$/g, "")
		.split(":")
		.map((one) => one.replace(/(?<=.)\/$/, ""));
	return folders.every((one) => one.startsWith("/")) ? { folders, place: file.placeAt(at) } : undefined;
}

/** The project itself is installed: its packages are found without a path. */
const installsProject = (stage: Stage): boolean =>
	chainOf(stage).some(({ steps }) =>
		steps.some(
			({ keyword, rest }) =>
				keyword === "RUN" &&
				/\b(?:pip3?|uv)\b[^\n&;]*\binstall\b[^\n&;]*\s(?:-e\s*)?["']?\.{1,2}(?:["'\s/[]|$)|\buv\s+sync\b|\bpoetry\s+install\b|\bpdm\s+(?:install|sync)\b|setup\.py\s+(?:install|develop)/.test(
					rest,
				),
		),
	);
