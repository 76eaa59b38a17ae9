import { placeIn } from "../facts/found.ts";
import { areTogether, definitionsOf, mayBeDefined, type Definition } from "../kubernetes/definitions.ts";
import { clusterOf, isComputed, type Cluster } from "../kubernetes/manifests.ts";
import { referencesOf, type Reference } from "../kubernetes/references.ts";
import { allContainers, titleOf, workloadsOf, type Workload } from "../kubernetes/workloads.ts";
import { nearest } from "../../system/nearest.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS503",
	scope: "static",
	severity: "error",
	question: "Does Kubernetes find every object, key and volume that a manifest names?",
	why: "A pod whose ConfigMap, key, claim or volume is not there does not start; a scaler or an Ingress of a name that is gone does nothing.",
	example: "`configMapRef: { name: gate-env }` and the ConfigMap is called gate-config.",
	run(tree) {
		const cluster = clusterOf(tree);
		const references = cluster.manifests.filter(({ broken }) => !broken).flatMap(referencesOf);
		const findings = [
			...(cluster.open ? [] : commanded(tree, cluster)),
			...references.flatMap((one) => missing(tree, cluster, one)),
			...workloadsOf(cluster)
				.filter(({ manifest }) => !manifest.broken)
				.flatMap((one) => unmounted(cluster, one)),
		];
		return { looked: `${references.length} names in ${cluster.manifests.length} objects of Kubernetes`, findings };
	},
} satisfies StaticCheck;

function missing(tree: Tree, cluster: Cluster, reference: Reference): Found[] {
	const { kind, name, key, by } = reference;
	const all = definitionsOf(cluster, kind);
	const own = all.filter((one) => one.name === name.text);
	if (own.length > 0) return key === undefined ? [] : missingKey(cluster, reference, own);
	if (isWellKnown(reference) || mayBeDefined(tree, cluster, kind, name.text!)) return [];
	const near = all.filter(({ file }) => areTogether(file, by.file));
	const names = near.map((one) => one.name);
	const meant =
		nearest(name.text!, names, 2) ?? names.find((one) => one.startsWith(name.text!) || name.text!.startsWith(one));
	// A Secret is often made outside: only a name that is nearly one of the tree's is wrong.
	if (names.length === 0 || ((isOftenOutside(kind) || cluster.charts !== "") && meant === undefined)) return [];
	const shown = near.filter((one) => meant === undefined || one.name === meant).slice(0, 3);
	return [
		{
			message: `${titleOf(by)} ${reference.how} the ${kind} ${name.text!}, which no manifest defines`,
			evidence: [name.place, ...shown.map(({ file, line }) => placeIn(file, line))],
			fix: {
				say:
					meant === undefined
						? `define it, or name one of ${[...new Set(names)].slice(0, 5).join(", ")}`
						: `write ${meant}, or define ${name.text!}`,
			},
		},
	];
}

const COMMANDED =
	/\bkubectl\b[^\n;&|]*?\s(deploy(?:ment)?|statefulset|sts|daemonset|ds|service|svc|cronjob|configmap|cm)s?[/ ]([a-z][a-z0-9.-]*)/g;
const SHORT: Readonly<Record<string, string>> = {
	...{
		deploy: "Deployment",
		deployment: "Deployment",
		statefulset: "StatefulSet",
		sts: "StatefulSet",
		ds: "DaemonSet",
	},
	...{
		daemonset: "DaemonSet",
		service: "Service",
		svc: "Service",
		cronjob: "CronJob",
		configmap: "ConfigMap",
		cm: "ConfigMap",
	},
};

/** `kubectl rollout status deployment/api` of a script: a name that is nearly one of the tree's. */
function commanded(tree: Tree, cluster: Cluster): Found[] {
	const files = tree.files.filter(
		(file) =>
			(/^(?:shell|powershell|yaml)$/.test(file.language) || /(?:^|\/)(?:Makefile|justfile)$/.test(file.path)) &&
			file.includes("kubectl"),
	);
	return files.flatMap((file) =>
		file.matches(COMMANDED).flatMap(({ 0: all, 1: kind, 2: name, index }): Found[] => {
			const own = definitionsOf(cluster, SHORT[kind!]!);
			const meant =
				own.some((one) => one.name === name) || /\bcreate\b/.test(all)
					? undefined
					: nearest(
							name!,
							own.map((one) => one.name),
							2,
						);
			if (meant === undefined || isComment(file, index) || mayBeDefined(tree, cluster, SHORT[kind!]!, name!)) return [];
			const defined = own.find((one) => one.name === meant)!;
			return [
				{
					message: `${file.path} names the ${SHORT[kind!]!} ${name!}, which no manifest defines`,
					evidence: [placeIn(file, file.lineAt(index + all.length - 1)), placeIn(defined.file, defined.line)],
					fix: { say: `write ${meant}` },
				},
			];
		}),
	);
}

const isOftenOutside = (kind: string): boolean => kind === "Secret" || kind === "Role";

/** What a cluster has by itself. */
const isWellKnown = ({ kind, name }: Reference): boolean =>
	(kind === "ServiceAccount" && name.text === "default") || (kind === "ConfigMap" && name.text === "kube-root-ca.crt");

function missingKey(cluster: Cluster, { kind, name, key, by }: Reference, own: readonly Definition[]): Found[] {
	const lists = own.map(({ keys }) => keys);
	if (lists.includes(undefined) || isComputed(key!.text!) || cluster.patches.includes(key!.text!)) return [];
	const keys = [...new Set(lists.flatMap((one) => one!))];
	if (keys.includes(key!.text!)) return [];
	const meant = nearest(key!.text!, keys);
	return [
		{
			message: `${titleOf(by)} reads ${key!.text!} of the ${kind} ${name.text!}, which has ${keys.length === 0 ? "no entries" : `only ${keys.slice(0, 8).join(", ")}`}`,
			evidence: [key!.place, ...own.map(({ file, line }) => placeIn(file, line))],
			fix: {
				say:
					meant === undefined
						? `add ${key!.text!} to ${own[0]!.file.path}`
						: `write ${meant}, or add ${key!.text!} to ${own[0]!.file.path}`,
			},
		},
	];
}

/** Mounts of volumes that the pod does not have: Kubernetes refuses it. */
function unmounted(cluster: Cluster, { manifest, layers, template }: Workload): Found[] {
	const claims =
		manifest.root.get("spec", "volumeClaimTemplates")?.list.map((part) => part.get("metadata", "name")) ?? [];
	const volumes = layers.flatMap((one) => one.get("spec", "volumes")?.list.map((part) => part.get("name")) ?? []);
	const names = [...claims, ...volumes].flatMap((part) => part?.text ?? []);
	const mounts = allContainers(template).flatMap(
		(one) => one.get("volumeMounts")?.list.flatMap((part) => part.get("name") ?? []) ?? [],
	);
	return mounts
		.filter(
			({ text }) => text !== undefined && !isComputed(text) && !names.includes(text) && !cluster.patches.includes(text),
		)
		.map((part) => {
			const meant = nearest(part.text!, names);
			return {
				message: `${titleOf(manifest)} mounts the volume ${part.text!}, and it has ${names.length === 0 ? "no volumes" : `only ${names.join(", ")}`}`,
				evidence: [part.place, ...volumes.flatMap((one) => one?.place ?? [])] as Found["evidence"],
				fix: {
					say:
						meant === undefined
							? `add ${part.text!} to its volumes`
							: `write ${meant}, or add ${part.text!} to its volumes`,
				},
			};
		});
}
