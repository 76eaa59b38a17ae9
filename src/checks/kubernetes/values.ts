import { ownOf } from "../../system/own-of.ts";

/** Group and version of the kinds that people write most; https://kubernetes.io/docs/reference/kubernetes-api/ */
const KINDS: Readonly<Record<string, string>> = {
	...Object.fromEntries(
		["ConfigMap", "Namespace", "PersistentVolume", "PersistentVolumeClaim", "Pod", "Secret", "ServiceAccount"].map(
			(kind) => [kind, "v1"],
		),
	),
	...Object.fromEntries(["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"].map((kind) => [kind, "apps/v1"])),
	...Object.fromEntries(["CronJob", "Job"].map((kind) => [kind, "batch/v1"])),
	...Object.fromEntries(
		["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"].map((kind) => [kind, "rbac.authorization.k8s.io/v1"]),
	),
	HorizontalPodAutoscaler: "autoscaling/v2",
	PodDisruptionBudget: "policy/v1",
};
/** Served besides. */
const ALSO: readonly (readonly [string, string])[] = [["HorizontalPodAutoscaler", "autoscaling/v1"]];
/** Versions that once were, and that no supported Kubernetes serves. https://kubernetes.io/docs/reference/using-api/deprecation-guide/ */
const GONE: readonly (readonly [kind: RegExp, version: RegExp, now: string])[] = [
	[/^Ingress$/, /^(?:extensions|networking\.k8s\.io)\/v1beta1$/, "networking.k8s.io/v1"],
	[/^IngressClass$/, /^networking\.k8s\.io\/v1beta1$/, "networking.k8s.io/v1"],
	[/^NetworkPolicy$/, /^extensions\//, "networking.k8s.io/v1"],
	[/^CustomResourceDefinition$/, /^apiextensions\.k8s\.io\/v1beta1$/, "apiextensions.k8s.io/v1"],
	[/^PodSecurityPolicy$/, /./, "Pod Security Admission, a label of the namespace"],
];

/** The version to write instead; undefined where the one given is served, or the kind is not known here. */
export function servedInstead(kind: string, version: string): string | undefined {
	const gone = GONE.find(([name, old]) => name.test(kind) && old.test(version));
	if (gone !== undefined) return gone[2];
	const right = ownOf(KINDS, kind);
	// A kind of the same name in a group of its own is another one.
	const foreign = version.includes(".") && !version.includes(".k8s.io/");
	if (right === undefined || foreign || version === right) return undefined;
	return ALSO.some(([name, also]) => name === kind && also === version) ? undefined : right;
}

const UNITS: Readonly<Record<string, number>> = {
	...{ n: 1e-9, u: 1e-6, m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
	...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** A quantity such as `500m` or `2Gi`; NaN where it is none. */
export function quantityOf(text: string): number {
	const [, number, exponent, unit] = /^([+-]?\d+(?:\.\d*)?|\.\d+)([eE][+-]?\d+)?([A-Za-z]*)$/.exec(text) ?? [];
	return number === undefined ? Number.NaN : Number(number + (exponent ?? "")) * (ownOf(UNITS, unit!) ?? Number.NaN);
}
