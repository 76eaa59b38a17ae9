import { posix } from "node:path";
import { dockerfilesOf, type DockerModel } from "../dockerfile/model.ts";
import { contextsOf } from "../dockerfile/contexts.ts";
import { copiesOf, mayBring, onPlainBase, sourcesAt, workdirAt } from "../dockerfile/image-files.ts";
import { mayBeMade } from "../tree/generated.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Launch } from "./launches.ts";

/** Folders of the operating system: what lies there comes with packages. */
const SYSTEM = /^\/(?:usr|bin|sbin|lib(?:64)?|etc|var|run|proc|sys|dev|tmp|boot|nix|snap|home\/linuxbrew)(?:\/|$)/;

/** A path of the tree by every end of it, in whole parts. */
const endsOf = once((tree: Tree): ReadonlyMap<string, string> => {
	const found = new Map<string, string>();
	for (const path of tree.paths)
		for (let at = path.length; at > 0;) {
			at = path.lastIndexOf("/", at - 1);
			found.set(path.slice(at + 1), path);
			if (at <= 0) break;
		}
	return found;
});

/** A file whose path ends in this. */
export const endingIn = (tree: Tree, path: string): string | undefined =>
	endsOf(tree).get(path.replace(/^(?:\.{0,2}\/)+/, ""));

/** What became of a launched path: the files of the tree that it may mean, or that nothing of the tree is there. */
type Resolved = { files: SourceFile[] } | { missing: string; moved: string | undefined } | undefined;

/** Undefined where it is not known, because the path is of the system, of an image's base, or is computed. */
export function resolveScript(tree: Tree, launch: Launch): Resolved {
	const { name } = launch;
	if (name.startsWith("/")) return inImage(tree, launch, posix.normalize(name));
	const cwd = launch.cwd ?? (launch.image === undefined ? undefined : workdirAt(launch.image.stage, launch.image.step));
	if (launch.image !== undefined)
		return cwd === undefined ? undefined : inImage(tree, launch, posix.resolve(cwd, name));
	if (launch.by === "npm") return ofPackage(tree, launch);
	const bare = posix.normalize(name).replace(/^(?:\.\.\/)+/, "");
	if (launch.cwd?.startsWith("/")) return inImage(tree, launch, posix.resolve(launch.cwd, name));
	return inTree(tree, bare);
}

/** npm runs a script in the folder of its package.json. */
function ofPackage(tree: Tree, { file, name }: Launch): Resolved {
	const path = posix.join(posix.dirname(file.path), name);
	if (path.startsWith("..") || tree.has(path)) return tree.file(path) && { files: [tree.file(path)!] };
	return inTree(tree, path);
}

function inTree(tree: Tree, path: string): Resolved {
	const file = tree.file(path) ?? tree.file(endingIn(tree, path) ?? "");
	if (file !== undefined) return { files: [file] };
	if (tree.has(path) || endingIn(tree, path) !== undefined || mayBeMade(tree, path)) return undefined;
	return { missing: path, moved: endingIn(tree, posix.basename(path)) };
}

function inImage(tree: Tree, launch: Launch, path: string): Resolved {
	if (SYSTEM.test(path) && !coveredByCopy(tree, path)) return undefined;
	const images =
		launch.image === undefined
			? dockerfilesOf(tree).flatMap((model) => model.stages.map((stage) => ({ model, stage })))
			: [launch.image];
	const sources = [...new Set(images.flatMap(({ model, stage }) => sourcesAt(tree, model, stage, path)))];
	const files = sources.flatMap((source) => tree.file(source) ?? []);
	if (files.length > 0) return { files };
	const base = posix.basename(path);
	if (sources.some((source) => tree.has(source) || mayBeMade(tree, source)) || madeInImage(tree, base))
		return undefined;
	if (sources.length > 0) return { missing: sources[0]!, moved: endingIn(tree, base) };
	// No COPY tells: then the folder must be one of the tree's, below a folder that an application stands in.
	const inside = /^\/(?:app|application|workspace|code|srv|project|repo|opt\/[\w.-]+|home\/[\w.-]+|root)\/(.+)$/.exec(
		path,
	)?.[1];
	if (inside === undefined) return undefined;
	if (launch.image !== undefined)
		return isNowhere(tree, launch, path) ? { missing: base, moved: undefined } : undefined;
	const tails = inside.split("/").map((_, index, parts) => parts.slice(index).join("/"));
	const folder = tails.find((tail) => tail.includes("/") && tree.has(posix.dirname(tail)));
	const known = tails.map((tail) => endingIn(tree, tail)).find((one) => one !== undefined);
	if (known !== undefined) {
		// Another folder has the name, and the one that is told is the tree's.
		const there = folder ?? belowCopy(tree, launch, path);
		const moved = !tails.some((tail) => tail.includes("/") && endingIn(tree, tail) !== undefined);
		if (moved && there !== undefined && !mayBePut(tree, launch, path)) return { missing: there, moved: known };
		return tree.file(known) && { files: [tree.file(known)!] };
	}
	if (folder !== undefined) return mayBeMade(tree, folder) ? undefined : { missing: folder, moved: undefined };
	return isNowhere(tree, launch, path) ? { missing: posix.basename(path), moved: undefined } : undefined;
}

/** The path below the working folder of a unit, which is a copy of the tree: the unit names another file of it there. */
function belowCopy(tree: Tree, { by, cwd, file }: Launch, path: string): string | undefined {
	if (by !== "systemd" || cwd === undefined || !path.startsWith(`${cwd}/`)) return undefined;
	const below = path.slice(cwd.length + 1);
	const others = file.matches(new RegExp(`${RegExp.escape(cwd)}/([\\w.-]+/[\\w./-]+)`, "g"));
	return below.includes("/") && others.some(([, other]) => tree.has(other!)) ? below : undefined;
}

/** Whether a COPY, a script or a playbook may put a file of this name where it is started. */
export function mayBePut(tree: Tree, launch: Launch, path: string): boolean {
	const brings = dockerfilesOf(tree).some(({ file, stages }) =>
		stages.some((stage) =>
			copiesOf(stage).some((one) => mayBring(tree, contextsOf(tree, file.path) ?? [""], one, path)),
		),
	);
	const [base, folder] = [posix.basename(path), posix.dirname(path)].map((one) => RegExp.escape(one));
	const puts = new RegExp(
		`(?:\\b(?:cp|mv|ln|install|rsync|scp|COPY|ADD|tee|git clone|tar|unzip|src|dest|path)\\b|>)[^\\n]*(?:${base!}|${folder!}(?:[/"'\\s]|$))`,
		"m",
	);
	return (
		brings ||
		tree.files.some(
			({ path: other, text, language }) =>
				other !== launch.file.path &&
				language !== "markdown" &&
				(text.includes(posix.basename(path)) || text.includes(posix.dirname(path))) &&
				puts.test(text),
		)
	);
}

/** Whether the one image that holds a start stands on a plain base, and nothing of the tree makes the path. */
function isNowhere(tree: Tree, launch: Launch, path: string): boolean {
	const base = posix.basename(path);
	const top = path.split("/").slice(0, 2).join("/");
	const homes = homesOf(tree, launch);
	const last = launch.image?.stage ?? homes[0]?.stages.at(-1);
	if (homes.length !== 1 || last === undefined || !onPlainBase(last)) return false;
	const contexts = contextsOf(tree, homes[0]!.file.path) ?? [""];
	const copies = copiesOf(last);
	if (copies.some((copied) => mayBring(tree, contexts, copied, path))) return false;
	// Where the tree's own files are copied one by one into the folder, what else is above it does not matter.
	const filled = copies.some(({ from, to, sources }) => {
		const folder = sources.length > 1 || to?.endsWith("/") ? to?.replace(/\/$/, "") : to && posix.dirname(to);
		return from === undefined && folder === posix.dirname(path) && sources.every((one) => isFile(tree, contexts, one));
	});
	if (launch.image !== undefined && !filled) return false;
	const made = filled ? posix.dirname(path) : top;
	const makes = new RegExp(`(?<!(?:mkdir|chmod|chown)[^\\n;&|]*)${RegExp.escape(made)}(?![\\w-])`);
	if (homes[0]!.steps.some(({ keyword, rest }) => /^(?:RUN|VOLUME)$/.test(keyword) && makes.test(rest))) return false;
	return !tree.files.some(
		({ path: other, text, language }) =>
			other !== launch.file.path &&
			language !== "markdown" &&
			(text.includes(base) || (language !== "dockerfile" && text.includes(`:${top}`))),
	);
}

const isFile = (tree: Tree, contexts: readonly string[], source: string): boolean =>
	contexts.some((context) => tree.file(posix.join(context, source)) !== undefined);

/** The Dockerfiles whose image has the start: its own, or those that copy the settings of a supervisor. */
function homesOf(tree: Tree, { by, file, image }: Launch): DockerModel[] {
	if (image !== undefined) return /^(?:CMD|ENTRYPOINT)$/.test(image.step.keyword) ? [image.model] : [];
	if (by !== "supervisor") return [];
	return dockerfilesOf(tree).filter(({ stages }) =>
		stages.some((stage) => copiesOf(stage).some(({ sources }) => sources.some((one) => file.path.endsWith(one)))),
	);
}

/** Whether some image of the tree has the path from a COPY. */
export const coveredByCopy = (tree: Tree, path: string): boolean =>
	dockerfilesOf(tree).some((model) => model.stages.some((stage) => sourcesAt(tree, model, stage, path).length > 0));

/** Whether some instruction but CMD and ENTRYPOINT of a Dockerfile names the file: it may come from there. */
export function madeInImage(tree: Tree, base: string): boolean {
	return dockerfilesOf(tree).some(({ steps }) =>
		steps.some(
			({ keyword, rest, flags }) =>
				(keyword === "RUN" || flags.has("from")) &&
				rest.includes(base) &&
				!new RegExp(`chmod[^\\n;&]*${RegExp.escape(base)}`).test(rest),
		),
	);
}
