import type { DockerModel, Stage } from "../dockerfile/model.ts";
import { composeServices, itemsOf } from "../facts/compose.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { reachedFrom, startedBy } from "./reached.ts";

/**
 * What the program of the image loads, where its command says; with those that compose files start in it. With
 * `atStart`, without what functions import.
 */
export function loadedIn(
	tree: Tree,
	{ file }: DockerModel,
	stage: Stage,
	atStart = false,
): ReadonlySet<SourceFile> | undefined {
	const [entry, command] = ["ENTRYPOINT", "CMD"].map((keyword) =>
		stage.steps.findLast((step) => step.keyword === keyword),
	);
	const services = composeServices(tree).filter(({ dockerfile }) => dockerfile === file.path);
	const commands = [
		[entry, command].flatMap((step) => step?.rest ?? []).join(" "),
		...services.flatMap((service) =>
			[...itemsOf(service, "command"), ...itemsOf(service, "entrypoint")].map(({ value }) => value),
		),
	];
	const first = commands.flatMap((one) => startedBy(tree, one) ?? []);
	return first.length < commands.length ? undefined : reachedFrom(tree, first, atStart);
}
