import { isAside } from "../tree/aside.ts";
import type { Tree } from "../tree/tree.ts";
import { chainOf } from "./image-files.ts";
import { dockerfilesOf, type DockerModel, type Stage } from "./model.ts";
import { familyOf } from "./provides.ts";

const CALLED = /(?<![a-z])base(?![a-z])/i;

/** The Dockerfile of the tree's base that a stage stands on: the tree has one, and the stage's image is called so. */
export function ownBaseOf(
	tree: Tree,
	model: DockerModel,
	stage: Stage,
): { model: DockerModel; stage: Stage } | undefined {
	const all = dockerfilesOf(tree).filter(
		({ file }) => file !== model.file && CALLED.test(file.path) && !isAside(file.path),
	);
	const last = all[0]?.stages.at(-1);
	return all.length === 1 &&
		last !== undefined &&
		CALLED.test(chainOf(stage)[0]!.base) &&
		familyOf(all[0]!, last) !== undefined
		? { model: all[0]!, stage: last }
		: undefined;
}
