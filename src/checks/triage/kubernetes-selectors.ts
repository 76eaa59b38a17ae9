import { isElsewhere, meantBy } from "../kubernetes/meant.ts";
import { nearest } from "../../system/nearest.ts";
import { clusterOf, isBuiltIn, isComputed, type Cluster, type Manifest } from "../kubernetes/manifests.ts";
import {
	pairsOf,
	selects,
	type Pairs,
	templateOf,
	titleOf,
	workloadsOf,
	type Workload,
} from "../kubernetes/workloads.ts";
import { editOf } from "../facts/found.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { ownOf } from "../../system/own-of.ts";

export default {
	code: "TS501",
	scope: "static",
	severity: "error",
	question: "Does every selector of a Kubernetes manifest match the labels of pods?",
	why: "A Service whose selector matches nothing has no endpoints: every request is refused, and no object shows an error. A Deployment whose selector is not its template's is refused.",
	example: "`selector: { app: gateway }` beside pods with `app: gate`: write gate.",
	run(tree) {
		const cluster = clusterOf(tree);
		const findings = [
			...cluster.manifests.filter(({ broken }) => !broken).flatMap((one) => ownLabels(one)),
			...cluster.manifests
				.filter(({ broken, patch }) => !broken && !patch)
				.flatMap((one) => selectsNobody(cluster, one)),
		];
		return { looked: `${cluster.manifests.length} objects of Kubernetes`, findings };
	},
} satisfies StaticCheck;

const written = (pairs: Pairs): string => pairs.map(([key, { text }]) => `${key}=${text!}`).join(", ");

/** `spec.selector.matchLabels` against the labels of the same object's pods: a rule of Kubernetes itself. */
function ownLabels(manifest: Manifest): Found[] {
	if (!/^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet)$/.test(manifest.kind) || !isBuiltIn(manifest)) return [];
	const template = templateOf(manifest);
	const pairs = pairsOf(manifest.root.get("spec", "selector", "matchLabels"));
	const labels = template?.get("metadata", "labels");
	const whole = template?.get("spec", "containers") !== undefined && !manifest.patch;
	if (template === undefined || pairs === undefined || (labels === undefined && !whole)) return [];
	const lost = pairs.filter((pair) => !selects([pair], labels?.map ?? new Map()));
	return lost.map(([key, part]) => {
		const right = labels?.get(key);
		return {
			message: `${titleOf(manifest)} selects ${key}=${part.text!}, and its own pods ${right?.text === undefined ? `have no label ${key}` : `have ${key}=${right.text}`}`,
			evidence: [(right ?? labels ?? part).place, ...(right === undefined && labels === undefined ? [] : [part.place])],
			fix: {
				say: `write ${key}: ${part.text!} in spec.template.metadata.labels`,
				...(right?.text === undefined ? {} : editOf(right.file, right.line, right.text, part.text!)),
			},
		};
	});
}

const SELECTORS: Readonly<Record<string, readonly (readonly string[])[]>> = {
	Service: [["spec", "selector"]],
	PodDisruptionBudget: [["spec", "selector", "matchLabels"]],
	NetworkPolicy: [["spec", "podSelector", "matchLabels"]],
	PodMonitor: [["spec", "selector", "matchLabels"]],
};

function selectsNobody(cluster: Cluster, manifest: Manifest): Found[] {
	if (manifest.kind === "Service" && manifest.apiVersion !== "v1") return [];
	return (ownOf(SELECTORS, manifest.kind) ?? []).flatMap((path): Found[] => {
		const pairs = pairsOf(manifest.root.get(...path));
		const all = workloadsOf(cluster);
		const other = pairs === undefined ? undefined : otherNamespace(cluster, manifest, pairs);
		if (other !== undefined) return [other];
		if (pairs === undefined || all.some(({ labels }) => selects(pairs, labels)) || isElsewhere(cluster, pairs))
			return [];
		const meant = meantBy(cluster, manifest, pairs);
		return meant === undefined ? [] : [foundFor(manifest, pairs, meant)];
	});
}

/** A Service sees the pods of its own namespace alone: told where the names are nearly the same. */
function otherNamespace(cluster: Cluster, manifest: Manifest, pairs: Pairs): Found | undefined {
	const own = manifest.root.get("metadata", "namespace");
	const selected = workloadsOf(cluster).filter(({ labels }) => selects(pairs, labels));
	const spaces = selected.map((one) => one.manifest.root.get("metadata", "namespace"));
	if (
		own?.text === undefined ||
		spaces.length === 0 ||
		cluster.kustomizations.some(({ root }) => root.get("namespace") !== undefined)
	)
		return undefined;
	const [first] = spaces;
	if (first?.text === undefined || spaces.some((one) => one?.text !== first.text) || isComputed(own.text + first.text))
		return undefined;
	const isNear = own.text !== first.text && nearest(own.text, [first.text], 2) !== undefined;
	const isUsed = cluster.manifests.some(
		(one) => one !== manifest && one.root.get("metadata", "namespace")?.text === own.text,
	);
	if (!isNear || isUsed) return undefined;
	return {
		message: `${titleOf(manifest)} is in the namespace ${own.text}, and the pods that it selects are in ${first.text}`,
		evidence: [own.place, first.place],
		fix: { say: `write ${first.text}`, ...editOf(own.file, own.line, own.text, first.text) },
	};
}

function foundFor(manifest: Manifest, pairs: Pairs, { manifest: other, labels, template }: Workload): Found {
	const [wrong] = pairs.filter(([key, { text }]) => labels.get(key)?.text !== text) as [Pairs[number]];
	const [key, part] = wrong;
	const right = labels.get(key);
	const own = [...labels].map(([name, { text }]) => `${name}=${text ?? ""}`).join(", ") || "no labels";
	return {
		message: `${titleOf(manifest)} selects ${written(pairs)}, and no pod has that: those of ${titleOf(other)} have ${own}`,
		evidence: [part.place, (right ?? template.get("metadata", "labels") ?? template).place],
		fix: {
			say: right?.text === undefined ? `select a label that the pods have: ${own}` : `write ${key}: ${right.text}`,
			...(right?.text === undefined ? {} : editOf(part.file, part.line, part.text!, right.text)),
		},
	};
}
