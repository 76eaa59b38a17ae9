import { posix } from "node:path";
import { parseDocument } from "yaml";
import { standingOf } from "../facts/standing.ts";
import { pathIn } from "../tree/path-in.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { Part } from "../workflows/part.ts";

/** A path that a kustomization names. */
export interface Named {
	/** From the root of the tree. */
	path: string;
	/** Its place, the text as it is written. */
	part: Part;
	as: "the resource" | "the component" | "the patch" | "the file";
	/** Made outside of the tree as a rule: what a Secret is made of. */
	secret: boolean;
}

/** A ConfigMap or Secret that kustomize makes. */
interface Generated {
	kind: "ConfigMap" | "Secret";
	name: string;
	part: Part;
	/** Undefined where they come from a file that is not in the tree. */
	keys: readonly string[] | undefined;
}

export interface Kustomization {
	file: SourceFile;
	/** Its folder from the root of the tree, empty or with a slash at its end. */
	folder: string;
	root: Part;
	broken: boolean;
	named: readonly Named[];
	generated: readonly Generated[];
	/** Patches that stand in the file itself. */
	inline: readonly Part[];
	prefix: string;
	suffix: string;
	/** It takes objects from elsewhere: an address, a chart, a program. */
	remote: boolean;
}

const NAME = /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/;

/** By the three names that kustomize looks for. */
export const isKustomization = (path: string): boolean => NAME.test(path);

/** The kustomizations of a tree, but for examples and tests. */
export const kustomizationsOf = (tree: Tree): Kustomization[] =>
	tree.files.filter(({ path }) => NAME.test(path) && standingOf(path) === "live").map((file) => read(file, tree));

/** The files that lie over others. */
export const patchFiles = (all: readonly Kustomization[]): Set<string> =>
	new Set(all.flatMap(({ named }) => named.filter(({ as }) => as === "the patch").map(({ path }) => path)));

function read(file: SourceFile, tree: Tree): Kustomization {
	const document = parseDocument(file.text, { prettyErrors: false, logLevel: "silent" });
	const root = new Part(file, document, document.contents);
	const folder = file.path.slice(0, file.path.lastIndexOf("/") + 1);
	const texts = (key: string): readonly Part[] => root.get(key)?.texts ?? [];
	const resources = [...texts("resources"), ...texts("bases")];
	const patches = ["patches", "patchesJson6902"].flatMap((key) => root.get(key)?.list ?? []);
	const strategic = texts("patchesStrategicMerge");
	const local = (parts: readonly Part[], as: Named["as"], secret = false): Named[] =>
		parts.flatMap((part) => {
			const path = localIn(folder, part.text!.replace(/^[\w.-]+=/, ""));
			return path === undefined ? [] : [{ path, part, as, secret }];
		});
	return {
		file,
		folder,
		root,
		broken: document.errors.length > 0,
		named: [
			...local(resources, "the resource"),
			...local(texts("components"), "the component"),
			...local(
				[...texts("configurations"), ...texts("crds"), ...texts("transformers"), ...texts("generators")],
				"the file",
			),
			...local(
				strategic.filter(({ block }) => !block),
				"the patch",
			),
			...local(
				patches.flatMap((part) => part.get("path") ?? []),
				"the patch",
			),
			...generators(root).flatMap(([kind, part]) => local(sourcesOf(part), "the file", kind === "Secret")),
		],
		generated: generators(root).flatMap(([kind, part]) => generatedBy(kind, part, folder, tree)),
		inline: [...strategic.filter(({ block }) => block), ...patches.flatMap((part) => part.get("patch") ?? [])],
		prefix: root.get("namePrefix")?.text ?? "",
		suffix: root.get("nameSuffix")?.text ?? "",
		remote:
			resources.some(({ text }) => localIn(folder, text!) === undefined) ||
			["helmCharts", "helmChartInflationGenerator", "generators"].some((key) => root.get(key) !== undefined),
	};
}

/** From the root of the tree; undefined for an address and what leads out. */
function localIn(folder: string, text: string): string | undefined {
	if (
		/^[a-z+]+:\/\/|^git@|^[\w-]+(?:\.[\w-]+)+\/[^.]|\?(?:ref|timeout|version)=|[${}]|^\//.test(text) &&
		!/^\.{1,2}\//.test(text)
	)
		return undefined;
	const path = pathIn(folder, text);
	return path === "" ? "." : path;
}

const generators = (root: Part): (readonly ["ConfigMap" | "Secret", Part])[] => [
	...(root.get("configMapGenerator")?.list ?? []).map((part) => ["ConfigMap", part] as const),
	...(root.get("secretGenerator")?.list ?? []).map((part) => ["Secret", part] as const),
];

const sourcesOf = (part: Part): Part[] => ["files", "envs", "env"].flatMap((key) => part.get(key)?.texts ?? []);

function generatedBy(kind: Generated["kind"], part: Part, folder: string, tree: Tree): Generated[] {
	const name = part.get("name")?.text;
	if (name === undefined) return [];
	const envs = [...(part.get("envs")?.texts ?? []), ...(part.get("env")?.texts ?? [])].map(({ text }) =>
		tree.file(posix.join(folder, text!)),
	);
	const keys = [
		...(part.get("literals")?.texts ?? []).map(({ text }) => text!.split("=")[0]!),
		...(part.get("files")?.texts ?? []).map(({ text }) =>
			text!.includes("=") ? text!.split("=")[0]! : posix.basename(text!),
		),
		...envs.flatMap((file) =>
			[...(file?.text ?? "").matchAll(/^\s*(?:export\s+)?([\w.-]+)\s*=/gm)].map(([, key]) => key!),
		),
	];
	return [{ kind, name, part, keys: envs.includes(undefined) ? undefined : keys }];
}
