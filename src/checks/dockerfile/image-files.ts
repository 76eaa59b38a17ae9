import { posix } from "node:path";
import type { Tree } from "../tree/tree.ts";
import { mayBeMade } from "../tree/generated.ts";
import { contextsOf } from "./contexts.ts";
import { globOf } from "./ignore-file.ts";
import { execForm, type DockerModel, type Stage, type Step } from "./model.ts";

/** A COPY or ADD of files of the tree. */
interface Copied {
	step: Step;
	/** As it is written, without a leading `./` or `/`. */
	sources: readonly string[];
	/** Absolute in the image; undefined where it is computed. */
	to: string | undefined;
	/** `--from`: a stage or another image. */
	from: string | undefined;
}

/** The sources and the destination of COPY and ADD as they are written; here-documents are none. */
export function copyWords(step: Step): { sources: string[]; to: string } | undefined {
	const first = step.rest.split("\n<<", 1)[0]!;
	const words =
		execForm(step) ??
		first
			.replaceAll(/\\\r?\n/g, " ")
			.split("\n", 1)[0]!
			.match(/"[^"]*"|\S+/g) ??
		[];
	const plain = words.map((word) => word.replaceAll(/^"|"$/g, ""));
	const to = plain.pop();
	return to === undefined || plain.length === 0 ? undefined : { sources: plain, to };
}

/** The working folder before a step: of its stage, and of those it stands on. Undefined where it is computed. */
export function workdirAt(stage: Stage, step?: Step): string | undefined {
	const chain: Stage[] = [];
	for (let one: Stage | undefined = stage; one !== undefined; one = one.parent) chain.unshift(one);
	// An image of one's own may have a folder of its own; those of Docker's library are told by their plain names.
	let at: string | undefined = /^[a-z0-9._-]+(?:[:@]\S+)?$/.test(chain[0]!.base) ? "/" : undefined;
	for (const one of chain)
		for (const each of one.steps) {
			if (each === step) return at;
			if (each.keyword !== "WORKDIR") continue;
			const path = each.rest.trim().replaceAll(/^"|"$/g, "");
			if (/[$]/.test(path)) return undefined;
			at = path.startsWith("/") ? path : at === undefined ? undefined : posix.resolve(at, path);
		}
	return at;
}

/** What a stage copies, with what it inherits from the stages below it. */
export function copiesOf(stage: Stage): Copied[] {
	const inherited = stage.parent === undefined ? [] : copiesOf(stage.parent);
	const own = stage.steps
		.filter(({ keyword }) => keyword === "COPY" || keyword === "ADD")
		.flatMap((step): Copied[] => {
			const words = copyWords(step);
			if (words === undefined) return [];
			const workdir = workdirAt(stage, step);
			const absolute = words.to.startsWith("/") ? words.to : workdir && posix.resolve(workdir, words.to);
			const to =
				words.to.includes("$") || absolute === undefined
					? undefined
					: posix.normalize(absolute).replace(/(?<=.)\/$/, "") + (/(?:\/|^\.)$/.test(words.to) ? "/" : "");
			const sources = words.sources
				.filter((one) => !one.startsWith("<<"))
				.map((one) => one.replace(/^(?:\.?\/)+/, "") || ".");
			return [{ step, sources, to, from: step.flags.get("from") }];
		});
	return [...inherited, ...own];
}

/** The paths of the tree that lie at an absolute path of the image, as far as COPY says; empty when none covers it. */
export function sourcesAt(tree: Tree, { file }: DockerModel, stage: Stage, path: string): string[] {
	const contexts = contextsOf(tree, file.path) ?? [""];
	return copiesOf(stage).flatMap((copied) => landing(tree, contexts, copied, path));
}

/** The same, for one COPY; patterns and other stages say nothing. */
function landing(tree: Tree, contexts: readonly string[], { sources, to, from }: Copied, path: string): string[] {
	if (from !== undefined || to === undefined) return [];
	const many = sources.length > 1 || to.endsWith("/");
	const bare = to.replace(/\/$/, "") || "/";
	return sources.flatMap((source) => {
		if (/[*?[$]/.test(source) || /^[a-z]+:/.test(source)) return [];
		return contexts.flatMap((context) => {
			const at = posix.join(context, source).replace(/\/$/, "");
			const folder = source === "." || source.endsWith("/") || (tree.has(at) && !tree.paths.includes(at));
			if (folder) return under(path, bare).map((rest) => posix.join(at, rest));
			const lands = many ? posix.join(bare, posix.basename(source)) : bare;
			return path === lands || path === posix.join(bare, posix.basename(source)) ? [at] : [];
		});
	});
}

/** Whether a COPY may bring a path of the image: it does, or what it brings is not known. */
export function mayBring(tree: Tree, contexts: readonly string[], copied: Copied, path: string): boolean {
	const { sources, to, from } = copied;
	if (to === undefined) return true;
	const bare = to.replace(/\/$/, "") || "/";
	const inside = path === bare || under(path, bare).length > 0;
	if (from !== undefined) return inside;
	if (landing(tree, contexts, copied, path).some((at) => tree.has(at) || mayBeMade(tree, at))) return true;
	return (
		inside &&
		sources.some(
			(source) =>
				/^[a-z]+:|[$]|\.(?:tar|tgz|tar\.\w+|zip)$/.test(source) ||
				(/[*?[]/.test(source) && globOf(posix.basename(source)).test(posix.basename(path))),
		)
	);
}

/** Whether what a stage stands on is an image of Docker's library or NVIDIA's, which holds no file of an application. */
export const onPlainBase = (stage: Stage): boolean => isPlain(rootOf(stage).base);

/** True for an official image, of which it is known what it holds. */
export const isPlain = (base: string): boolean =>
	/^(?:docker\.io\/)?(?:library\/)?[a-z0-9]+(?:[:@]\S+)?$|^(?:docker\.io\/|nvcr\.io\/)?nvidia\/cuda[:@]/.test(base) &&
	base !== "scratch";

/** The first stage that a stage is built on; itself where it is built on an image. */
export function rootOf(stage: Stage): Stage {
	let root = stage;
	while (root.parent !== undefined) root = root.parent;
	return root;
}

/** A stage and those it stands on, the lowest first. */
export function chainOf(stage: Stage): Stage[] {
	const chain: Stage[] = [];
	for (let one: Stage | undefined = stage; one !== undefined && chain.length < MOST_STAGES; one = one.parent)
		chain.push(one);
	return chain.reverse();
}

/** One on another; nobody writes a longer chain. */
const MOST_STAGES = 100;

const under = (path: string, folder: string): string[] =>
	folder === "/" ? [path.slice(1)] : path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : [];
