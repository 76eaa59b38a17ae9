import { posix } from "node:path";
import { contextsOf } from "../dockerfile/contexts.ts";
import { copiesOf } from "../dockerfile/image-files.ts";
import { dockerfilesOf, type DockerModel, type Stage } from "../dockerfile/model.ts";
import { pipInstalls } from "../dockerfile/pip-installs.ts";
import { isAside, isSample, isTest } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { loadedBy } from "./reached.ts";
import type { Requirements } from "./requirements.ts";

/** An image that holds Python of the tree. */
interface Role {
	model: DockerModel;
	code: ReadonlySet<SourceFile>;
	/** The requirement files that it installs. */
	installed: readonly Requirements[];
}

/** Python that an image copies by a folder of its own; with the whole tree come scripts that nobody starts there. */
export function copiedCode(tree: Tree, model: DockerModel, stage: Stage): SourceFile[] {
	const contexts = contextsOf(tree, model.file.path) ?? [""];
	const paths = copiesOf(stage)
		.filter(({ from }) => from === undefined)
		.flatMap(({ sources }) => sources)
		.filter((source) => source !== "." && !/[*?$]/.test(source))
		.flatMap((source) => contexts.map((context) => posix.join(context, source).replace(/\/$/, "")));
	return tree
		.in("python")
		.filter(
			({ path }) =>
				paths.some((one) => path === one || path.startsWith(`${one}/`)) &&
				!isAside(path) &&
				!isTest(path) &&
				!isSample(path) &&
				!/(?:^|\/)(?:scripts?|tools?|dev|bench\w*|migrations|alembic|utils\/dev|conftest\.py|setup\.py)(?:\/|$)/.test(
					path,
				),
		);
}

const rolesOf = once((tree: Tree): readonly Role[] =>
	dockerfilesOf(tree).flatMap((model): Role[] => {
		const last = model.stages.at(-1);
		if (last === undefined || isAside(model.file.path)) return [];
		const code = copiedCode(tree, model, last);
		return code.length === 0
			? []
			: [{ model, code: new Set(code), installed: pipInstalls(tree, model, last).flatMap(({ files }) => files) }];
	}),
);

/** The requirement files of the images that copy a file, but for one image. */
export const requirementsWith = (tree: Tree, file: SourceFile, but?: DockerModel): Requirements[] =>
	rolesOf(tree).flatMap(({ model, code, installed }) => (model !== but && code.has(file) ? installed : []));

/** Some files, and those of an image that load one of them: they are of another role. */
export function loadingAny(tree: Tree, code: readonly SourceFile[], some: Iterable<SourceFile>): Set<SourceFile> {
	const found = new Set(some);
	for (let before = -1; before !== found.size;) {
		before = found.size;
		for (const file of code)
			if (!found.has(file) && loadedBy(tree, file).some((one) => found.has(one))) found.add(file);
	}
	return found;
}
