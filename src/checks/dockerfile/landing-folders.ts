import { posix } from "node:path";
import type { Tree } from "../tree/tree.ts";
import { contextsOf } from "./contexts.ts";
import { copiesOf } from "./image-files.ts";
import type { DockerModel } from "./model.ts";

/** The folders, absolute in an image, in which COPY puts a file of the tree; patterns and computed paths say nothing. */
export const landingFolders = (tree: Tree, models: readonly DockerModel[], path: string): string[] => [
	...new Set(
		models.flatMap((model) => {
			const contexts = contextsOf(tree, model.file.path) ?? [""];
			return model.stages.flatMap((stage) =>
				copiesOf(stage).flatMap(({ sources, to, from }) =>
					to === undefined || from !== undefined
						? []
						: contexts.flatMap((context) =>
								sources.flatMap((source) => landing(posix.join(context, source), to, sources.length > 1, path)),
							),
				),
			);
		}),
	),
];

function landing(source: string, to: string, many: boolean, path: string): string[] {
	const [bare, folder] = [source.replace(/\/$/, ""), to.replace(/(?<=.)\/$/, "")];
	if (bare === path) return [many || to.endsWith("/") ? folder : posix.dirname(folder)];
	if (bare === "." || path.startsWith(`${bare}/`))
		return [posix.join(folder, posix.dirname(bare === "." ? path : path.slice(bare.length + 1)))];
	return [];
}
