import { dockerfilesOf, type DockerModel, type Stage, type Step } from "../dockerfile/model.ts";
import { dockerfileFor } from "../facts/own-images.ts";
import type { Command } from "../shell/lexer.ts";
import type { Tree } from "../tree/tree.ts";
import { runOf } from "../workflows/docker.ts";
import { targets, type Target } from "./words.ts";

/** A start in an image, behind the steps of a stage. */
interface Inside extends Target {
	image: { model: DockerModel; stage: Stage; step: Step };
}

/** What `docker run` starts in an image of the tree in place of its command, with the end of that image. */
export function inContainer(tree: Tree, command: Command): Inside[] {
	const { image, args } = runOf(command) ?? {};
	if (image === undefined || args === undefined || args.length === 0) return [];
	const path = dockerfileFor(tree, image.text);
	const model = path === undefined ? undefined : dockerfilesOf(tree).find(({ file }) => file.path === path);
	const stage = model?.stages.at(-1);
	const step = stage?.steps.at(-1);
	if (model === undefined || stage === undefined || step === undefined) return [];
	return targets(args.map(({ text }) => text)).map((target) => ({ ...target, image: { model, stage, step } }));
}
