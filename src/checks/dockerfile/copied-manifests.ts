import { posix } from "node:path";
import { packagesOf } from "../javascript/packages.ts";
import { workspacesOf } from "../javascript/workspaces.ts";
import type { FilePlace } from "../place.ts";
import type { Tree } from "../tree/tree.ts";
import { typed } from "../workflows/script.ts";
import { contextsOf } from "./contexts.ts";
import { globOf } from "./ignore-file.ts";
import { copiesOf } from "./image-files.ts";
import { dockerfilesOf, scriptOf, type DockerModel, type Stage, type Step } from "./model.ts";

/** An install in an image that lacks the manifest of a package of the workspace, on which a copied one depends. */
export interface LackingManifest {
	/** Of the missing manifest. */
	path: string;
	name: string;
	/** Who depends on it. */
	by: string;
	/** The last COPY before the install, and the install. */
	places: readonly [FilePlace, FilePlace];
}

const INSTALL = /^(?:npm (?:ci|install|i)|pnpm (?:install|i)|yarn(?: install)?)(?: --?[\w-]+(?:=\S+)?)*$/;
/** Installs of some packages alone, or of what is bound in. */
const PARTLY = /\s(?:-w|--workspace|--filter|-F|--global|-g)\b/;

/** Every COPY of such an image once; `COPY --from` and computed sources say nothing. */
export function lackingManifests(tree: Tree): LackingManifest[] {
	const models = dockerfilesOf(tree).filter(({ file }) => file.has(/\b(?:npm|pnpm|yarn)\b/));
	if (models.length === 0) return [];
	const patterns = workspacesOf(tree).map(({ pattern }) => globOf(pattern));
	const members = packagesOf(tree).packages.filter(({ folder }) => patterns.some((one) => one.test(folder)));
	if (members.length === 0) return [];
	const found = models.flatMap((model) =>
		model.stages.flatMap((stage) => stage.steps.flatMap((step) => atInstall(tree, model, stage, step, members))),
	);
	return [...new Map(found.map((one) => [`${one.path} ${one.places[0].path}:${one.places[0].line}`, one])).values()];
}

type Member = ReturnType<typeof packagesOf>["packages"][number];

function atInstall(
	tree: Tree,
	model: DockerModel,
	stage: Stage,
	step: Step,
	members: readonly Member[],
): LackingManifest[] {
	const contexts = contextsOf(tree, model.file.path);
	if (step.keyword !== "RUN" || contexts?.includes("") !== true || /--mount=type=bind/.test(step.args)) return [];
	const install = scriptOf(step).commands.find((one) => INSTALL.test(typed(one)) && !PARTLY.test(typed(one)));
	const copies = copiesOf(stage).filter((one) => one.step.start < step.start);
	const sources = copies.flatMap((one) => one.sources);
	if (install === undefined || copies.some(({ from }) => from !== undefined)) return [];
	if (sources.some((source) => /[$]|^[a-z]+:|\.tgz$/.test(source))) return [];
	const brings = (path: string): boolean =>
		sources.some((source) => {
			const bare = posix.normalize(source).replace(/\/$/, "");
			return bare === "." || bare === path || path.startsWith(`${bare}/`) || globOf(bare).test(path);
		});
	const here = packagesOf(tree).packages.filter(
		({ file, folder, workspaces }) =>
			brings(file.path) && (members.some((one) => one.file === file) || (folder === "" && workspaces)),
	);
	if (!here.some(({ folder }) => folder === "")) return [];
	const last = copies.findLast((one) => one.sources.some((source) => source.endsWith("package.json")))?.step;
	if (last === undefined) return [];
	return members.flatMap(({ file, name }): LackingManifest[] => {
		const by = brings(file.path) || name === undefined ? undefined : here.find(({ names }) => names.has(name));
		const at = step.restAt + install.words[0]!.start;
		return by === undefined
			? []
			: [
					{
						path: file.path,
						name: name!,
						by: by.file.path,
						places: [model.file.placeAt(last.start), model.file.placeAt(at)],
					},
				];
	});
}
