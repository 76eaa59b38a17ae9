import { posix } from "node:path";
import { workdirAt } from "../dockerfile/image-files.ts";
import { landingFolders } from "../dockerfile/landing-folders.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { mayBeMade } from "../tree/generated.ts";
import type { Tree } from "../tree/tree.ts";
import type { Launch } from "./launches.ts";
import { endingIn, madeInImage, mayBePut } from "./resolve.ts";

const SCRIPT = /\.(?:sh|bash|py|pl|rb)$/;

/**
 * Where an image has a script that is started at another path of it: the tree has one file of that name, COPY puts it into
 * one folder, and nothing puts one where it is started. Undefined where that is not known.
 */
export function heldElsewhere(tree: Tree, launch: Launch): string | undefined {
	const base = posix.basename(launch.name);
	const isOfImage =
		launch.image === undefined
			? /^(?:supervisor|shell|cron|compose)$/.test(launch.by)
			: launch.image.step.keyword !== "RUN";
	const known = isOfImage && SCRIPT.test(base) ? endingIn(tree, base) : undefined;
	const path = known === undefined ? undefined : pathOf(launch);
	if (path === undefined || !tree.file(known!) || mayBeMade(tree, path.slice(1))) return undefined;
	if (tree.paths.some((one) => one !== known && posix.basename(one) === base)) return undefined;
	if (launch.by === "compose" && (base === "docker-entrypoint.sh" || mayBeMounted(launch, path))) return undefined;
	const homes =
		launch.image !== undefined
			? [launch.image.model]
			: dockerfilesOf(tree).filter(
					(model) => launch.by === "compose" || landingFolders(tree, [model], launch.file.path).length > 0,
				);
	const [folder, ...others] = landingFolders(tree, homes, known!);
	if (folder === undefined || others.length > 0) return undefined;
	const held = posix.join(folder, base);
	return held === path || mayBePut(tree, launch, path) || madeInImage(tree, base) ? undefined : held;
}

/** Absolute in the image; undefined where the folder is not known. */
function pathOf({ name, cwd, image }: Launch): string | undefined {
	if (name.startsWith("/")) return posix.normalize(name);
	const folder = cwd ?? (image && workdirAt(image.stage, image.step));
	return folder?.startsWith("/") ? posix.resolve(folder, name) : undefined;
}

/** Whether the file of a service mounts something at the path or above it. */
function mayBeMounted({ file }: Launch, path: string): boolean {
	for (let at = path; at !== "/"; at = posix.dirname(at))
		if (new RegExp(`(?::|target:[ \\t]*["']?)${RegExp.escape(at)}(?![\\w./-])`).test(file.text)) return true;
	return false;
}
