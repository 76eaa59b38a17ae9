import { posix } from "node:path";
import { placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";
import { contextsOf } from "./contexts.ts";
import { chainOf, copiesOf, mayBring, onPlainBase } from "./image-files.ts";
import { assignments, type DockerModel, type Stage } from "./model.ts";
import { ownBaseOf } from "./own-base.ts";

/** A file of the tree that an image, or a script in it, names by an absolute path, and that no instruction brings there. */
export interface LeftOut {
	/** In the image. */
	path: string;
	/** In the tree. */
	source: string;
	/** The last COPY of the image. */
	copy: FilePlace;
	named: readonly FilePlace[];
}

const DATA = String.raw`/(?:opt|app|srv|code|usr/src|workspace|home/\w+)/[\w./-]+\.(?:json|ya?ml|toml|conf|cfg|ini|csv|sql|txt|pem|jinja2?)(?![\w/.-])`;

/** Of an image on a plain base, or on the tree's own base. */
export function leftOutFiles(tree: Tree, model: DockerModel): LeftOut[] {
	const stage = model.stages.at(-1);
	const contexts = contextsOf(tree, model.file.path);
	if (stage === undefined || contexts === undefined) return [];
	const base = ownBaseOf(tree, model, stage);
	if (base === undefined && !onPlainBase(stage)) return [];
	const stages = base === undefined ? [stage] : [base.stage, stage];
	const copies = stages.flatMap(copiesOf);
	const last = copiesOf(stage).findLast(({ from }) => from === undefined);
	if (last === undefined || copies.some(({ to }) => to === undefined)) return [];
	const sources = copies
		.filter(({ from }) => from === undefined)
		.flatMap((one) =>
			one.sources.flatMap((source) =>
				contexts.map((context) => posix.join(context, source).replace(/\/$|\/?\*.*$/, "")),
			),
		);
	const holds = (path: string): boolean =>
		sources.some((one) => one === "." || one === path || path.startsWith(`${one}/`));
	const named = [...environment(model, stage), ...inScripts(tree, holds)];
	return [...Map.groupBy(named, ({ path }) => path)].flatMap(([path, places]): LeftOut[] => {
		const source = sourceOf(tree, contexts, path);
		const brought = copies.some((copied) => mayBring(tree, contexts, copied, path));
		return source === undefined || holds(source) || brought || mayBeMade(tree, stages, path)
			? []
			: [{ path, source, copy: model.file.placeAt(last.step.start), named: places.map(({ place }) => place) }];
	});
}

interface Named {
	path: string;
	place: FilePlace;
}

const environment = ({ file }: DockerModel, stage: Stage): Named[] =>
	chainOf(stage).flatMap(({ steps }) =>
		steps
			.filter(({ keyword }) => keyword === "ENV")
			.flatMap((step) =>
				assignments(step).flatMap(([, value, at]) =>
					new RegExp(`^["']?${DATA}["']?$`).test(value ?? "")
						? [{ path: value!.replaceAll(/["']/g, ""), place: file.placeAt(at) }]
						: [],
				),
			),
	);

/** Paths that scripts of the image read: a default, or an argument; not one that they ask for or write. */
const inScripts = (tree: Tree, holds: (path: string) => boolean): Named[] =>
	tree
		.in("shell")
		.filter(
			(file) =>
				holds(file.path) && standingOf(file.path) === "live" && file.has(/\/(?:opt|app|srv|code|usr|workspace|home)\//),
		)
		.flatMap((file) =>
			[...file.text.matchAll(new RegExp(`(?<![\\w./-])${DATA}`, "g"))].flatMap(({ 0: path, index }) => {
				const line = file.lineAt(index);
				return isComment(file, index) ||
					/>|(?:\[|\btest)[ \t]+(?:![ \t]+)?-[efsr]\s|\b(?:cp|mv|tee|touch|install|curl|wget)\b/.test(
						file.lines[line - 1]!,
					)
					? []
					: [{ path, place: placeIn(file, line) }];
			}),
		);

/** The file of the context that the end of the path names, with its folder. */
function sourceOf(tree: Tree, contexts: readonly string[], path: string): string | undefined {
	const parts = path.slice(1).split("/");
	return parts
		.flatMap((_, at) => (at > 0 && parts.length - at > 1 ? [parts.slice(at).join("/")] : []))
		.flatMap((tail) => contexts.map((context) => posix.join(context, tail)))
		.find((one) => tree.file(one) !== undefined);
}

/** A RUN, a mount or a script may put it there. */
function mayBeMade(tree: Tree, stages: readonly Stage[], path: string): boolean {
	const [base, folder] = [posix.basename(path), posix.dirname(path)];
	const runs = stages.flatMap((stage) =>
		chainOf(stage).flatMap(({ steps }) => steps.filter(({ keyword }) => /^(?:RUN|VOLUME)$/.test(keyword))),
	);
	if (runs.some(({ rest }) => rest.includes(base) || rest.includes(folder) || /\bgit\s+clone\b/.test(rest)))
		return true;
	const mounts = new RegExp(
		`:(?:${RegExp.escape(path)}|${RegExp.escape(folder)}/?|${RegExp.escape(posix.dirname(folder))}/?)(?=[:"'\\s]|$)|(?:>|\\b(?:cp|mv|tee|touch|install|curl|wget)\\b)[^\\n]*${RegExp.escape(base)}`,
		"m",
	);
	return tree.files.some(
		({ language, text }) =>
			language !== "markdown" && (text.includes(base) || text.includes(posix.dirname(folder))) && mounts.test(text),
	);
}
