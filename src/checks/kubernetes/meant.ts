import { nearest } from "../../system/nearest.ts";
import type { Part } from "../workflows/part.ts";
import { areTogether } from "./definitions.ts";
import { isBuiltIn, type Cluster, type Manifest } from "./manifests.ts";
import { pairsOf, selects, templateOf, workloadsOf, type Pairs, type Workload } from "./workloads.ts";

/** Pods of an operator's resource, or labels that a patch or a kustomization sets. */
export const isElsewhere = ({ manifests, patches, kustomizations }: Cluster, pairs: Pairs): boolean =>
	pairs.some(
		([key, { text }]) =>
			manifests.some((one) => !isBuiltIn(one) && templateOf(one) === undefined && one.name === text) ||
			(patches.includes(text!) && patches.includes(key.replaceAll("/", "~1"))) ||
			kustomizations.some(
				({ root }) =>
					root.get("commonLabels", key)?.text === text ||
					(root.get("labels")?.list ?? []).some((part) => part.get("pairs", key)?.text === text),
			),
	);

/** The workload that was meant: of the same name, of a like label, or the one beside it that nobody else selects. */
export function meantBy(cluster: Cluster, manifest: Manifest, pairs: Pairs): Workload | undefined {
	const near = workloadsOf(cluster).filter(
		(one) => areTogether(one.manifest.file, manifest.file) && !/^(?:Job|CronJob)$/.test(one.manifest.kind),
	);
	const named = near.find((one) => one.manifest.name !== undefined && one.manifest.name === manifest.name);
	const alike = near.find(({ labels }) =>
		pairs.every(([key, part]) => isAlike(part, labels.get(key)) || labels.get(key)?.text === part.text),
	);
	if (named ?? alike) return named ?? alike;
	if (manifest.kind !== "Service") return undefined;
	const services = cluster.manifests.filter(({ kind }) => kind === "Service");
	const free = near.filter(
		({ labels }) =>
			pairs.some(([key]) => labels.has(key)) &&
			!services.some((one) => {
				const own = pairsOf(one.root.get("spec", "selector"));
				return own !== undefined && selects(own, labels);
			}),
	);
	const inFile = free.filter((one) => one.manifest.file === manifest.file);
	const [only] = inFile.length === 1 ? inFile : free;
	return inFile.length === 1 || free.length === 1 ? only : undefined;
}

function isAlike({ text }: Part, other: Part | undefined): boolean {
	if (other?.text === undefined) return false;
	const [a, b] = [text!, other.text];
	return nearest(a, [b], 2) !== undefined || a.startsWith(b) || b.startsWith(a);
}
