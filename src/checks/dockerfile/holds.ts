import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { contextsOf } from "./contexts.ts";
import { copiedBy } from "./environments.ts";
import { onPlainBase } from "./image-files.ts";
import { dockerfilesOf, type DockerModel } from "./model.ts";

/**
 * Whether an image of the tree may be made from a path, by any stage; undefined where that is not known: the base is
 * not of Docker's library, the context is computed, or it fetches its code.
 */
export function madeFrom(tree: Tree, model: DockerModel): ((path: string) => boolean) | undefined {
	const last = model.stages.at(-1);
	const fetches = model.steps.some(({ keyword, rest }) => keyword === "RUN" && /\bgit\s+clone\b/.test(rest));
	if (last === undefined || !onPlainBase(last) || fetches || contextsOf(tree, model.file.path) === undefined)
		return undefined;
	const copied = model.stages.map((stage) => copiedBy(tree, model, stage));
	return (path) => copied.some((holds) => holds(path));
}

const byPath = once(
	(tree: Tree): ReadonlyMap<string, DockerModel> =>
		new Map(dockerfilesOf(tree).map((model) => [model.file.path, model])),
);

/** The Dockerfile of a path. */
export const dockerfileAt = (tree: Tree, path: string | undefined): DockerModel | undefined =>
	path === undefined ? undefined : byPath(tree).get(path);
