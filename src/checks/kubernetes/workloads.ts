import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Part } from "../workflows/part.ts";
import { clusterOf, isComputed, type Cluster, type Manifest } from "./manifests.ts";

/** What starts pods, with all that the tree lays over it. */
export interface Workload {
	/** The whole object. */
	manifest: Manifest;
	/** Its `metadata.labels` and `spec` are those of its pods. */
	template: Part;
	/** Of its pods. */
	labels: ReadonlyMap<string, Part>;
	containers: readonly Part[];
	/** Its own, and those of patches. */
	layers: readonly Part[];
}

/** Where the pods of an object are described; undefined: it starts none. */
export function templateOf({ kind, root }: Manifest): Part | undefined {
	if (kind === "Pod") return root;
	const template =
		kind === "CronJob" ? root.get("spec", "jobTemplate", "spec", "template") : root.get("spec", "template");
	return template?.get("spec", "containers") === undefined && template?.get("metadata", "labels") === undefined
		? undefined
		: template;
}

/** Whole ones: containers with their images. */
export const workloadsOf = once((cluster: Cluster): readonly Workload[] => {
	const all = cluster.manifests.flatMap((manifest) => {
		const template = templateOf(manifest);
		return template === undefined ? [] : [{ manifest, template }];
	});
	return all
		.filter(({ manifest, template }) => !manifest.patch && containersOf(template).some((part) => part.get("image")))
		.map(({ manifest, template }): Workload => {
			const layers = all
				.filter((one) => one.manifest.kind === manifest.kind && one.manifest.name === manifest.name)
				.map((one) => one.template);
			return {
				manifest,
				template,
				layers,
				labels: new Map(layers.flatMap((part) => [...(part.get("metadata", "labels")?.map ?? [])])),
				containers: layers.flatMap(containersOf),
			};
		});
});

const containersOf = (template: Part): readonly Part[] => [
	...(template.get("spec", "containers")?.list ?? []),
	...(template.get("spec", "initContainers")?.list ?? []).filter(
		(part) => part.get("restartPolicy")?.text === "Always",
	),
];

/** Arguments that begin with one are a whole command: the entry point of the image runs what it is given. */
const INTERPRETER = /^(?:\/\S*\/)?(?:python[\d.]*|node|bash|sh|uvicorn|gunicorn|celery)$/;

/** The command and the arguments of each container that has a command of its own, or is given one. */
export const podStarts = (tree: Tree): { words: string[]; file: SourceFile; line: number }[] =>
	workloadsOf(clusterOf(tree)).flatMap(({ manifest, template }) =>
		allContainers(template).flatMap((container) => {
			const [command, args] = ["command", "args"].map((key) => container.get(key)?.texts ?? []);
			const all = [...command!, ...args!];
			const words = all.map(({ text }) => text!);
			const whole = command!.length > 0 || INTERPRETER.test(words[0] ?? "");
			return !whole || manifest.broken ? [] : [{ words, file: manifest.file, line: all.at(-1)!.line }];
		}),
	);

/** All containers of one layer, also those that only prepare. */
export const allContainers = (template: Part): readonly Part[] =>
	["containers", "initContainers"].flatMap((key) => template.get("spec", key)?.list ?? []);

export type Pairs = readonly (readonly [key: string, value: Part])[];

/** A selector of labels in its simple form; undefined where it is empty, computed or more than that. */
export function pairsOf(part: Part | undefined): Pairs | undefined {
	const pairs = [...(part?.map ?? [])];
	const plain = pairs.length > 0 && pairs.every(([, { text }]) => text !== undefined && !isComputed(text));
	return plain ? pairs : undefined;
}

/** Whether labels have every pair of a selector. */
export const selects = (pairs: Pairs, labels: ReadonlyMap<string, Part>): boolean =>
	pairs.every(
		([key, { text }]) =>
			labels.get(key)?.text === text || (labels.has(key) && isComputed(labels.get(key)!.text ?? "$")),
	);

/** `Deployment api` */
export const titleOf = ({ kind, name }: Manifest): string => `${kind} ${name ?? "without a name"}`;
