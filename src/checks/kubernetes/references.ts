import type { Part } from "../workflows/part.ts";
import { isBuiltIn, type Manifest } from "./manifests.ts";
import { allContainers, templateOf } from "./workloads.ts";

/** An object that another one names. */
export interface Reference {
	kind: string;
	name: Part;
	/** The entry of a ConfigMap or a Secret. */
	key?: Part;
	by: Manifest;
	/** What it is for, as part of a sentence. */
	how: string;
}

/** What a manifest names, but for what it says may be absent. */
export function referencesOf(by: Manifest): Reference[] {
	const template = templateOf(by);
	const spec = template?.get("spec");
	const found: (Omit<Reference, "by"> | undefined)[] = [
		...(template === undefined ? [] : allContainers(template)).flatMap(ofContainer),
		...(spec?.get("volumes")?.list ?? []).flatMap(ofVolume),
		named("ServiceAccount", spec?.get("serviceAccountName"), "runs as"),
		...(spec?.get("imagePullSecrets")?.list ?? []).map((part) => named("Secret", part.get("name"), "pulls with")),
		...ofObject(by),
	];
	return found.flatMap((one) => (one === undefined ? [] : [{ ...one, by }]));
}

const named = (kind: string, name: Part | undefined, how: string, key?: Part): Omit<Reference, "by"> | undefined =>
	name?.text === undefined || name.text === ""
		? undefined
		: { kind, name, how, ...(key?.text === undefined ? {} : { key }) };

const isOptional = (part: Part): boolean => part.get("optional")?.text === "true";

function ofContainer(container: Part) {
	const from = (container.get("envFrom")?.list ?? []).flatMap((part) => [
		["ConfigMap", part.get("configMapRef")] as const,
		["Secret", part.get("secretRef")] as const,
	]);
	const keys = (container.get("env")?.list ?? []).flatMap((part) => [
		["ConfigMap", part.get("valueFrom", "configMapKeyRef")] as const,
		["Secret", part.get("valueFrom", "secretKeyRef")] as const,
	]);
	return [...from, ...keys].flatMap(([kind, part]) =>
		part === undefined || isOptional(part)
			? []
			: [named(kind, part.get("name"), "takes settings from", part.get("key"))],
	);
}

function ofVolume(volume: Part) {
	const sources = [
		["ConfigMap", volume.get("configMap"), "name"],
		["Secret", volume.get("secret"), "secretName"],
		["PersistentVolumeClaim", volume.get("persistentVolumeClaim"), "claimName"],
		...(volume.get("projected", "sources")?.list ?? []).flatMap((part) => [
			["ConfigMap", part.get("configMap"), "name"] as const,
			["Secret", part.get("secret"), "name"] as const,
		]),
	] as const;
	return sources.flatMap(([kind, part, name]) => {
		if (part === undefined || isOptional(part)) return [];
		const items = part.get("items")?.list.flatMap((item) => item.get("key") ?? []) ?? [];
		const all = items.length === 0 ? [undefined] : items;
		return all.map((key) => named(kind, part.get(name), "mounts", key));
	});
}

/** Backends of routes, targets of scalers, heads of sets, subjects of bindings. */
function ofObject({ kind, root, apiVersion }: Manifest): (Omit<Reference, "by"> | undefined)[] {
	const spec = root.get("spec");
	if (kind === "Ingress") {
		const issued = /cert-manager\.io\/|\bacme\b/.test(
			[...(root.get("metadata", "annotations")?.map.keys() ?? [])].join(" "),
		);
		const tls = issued
			? []
			: (spec?.get("tls")?.list ?? []).map((part) =>
					named("Secret", part.get("secretName"), "takes its certificate from"),
				);
		return [...backendsOf(root).map((name) => named("Service", name, "sends to")), ...tls];
	}
	if (/^(?:HTTP|GRPC|TCP|TLS)Route$/.test(kind))
		return (spec?.get("rules")?.list ?? []).flatMap((rule) =>
			(rule.get("backendRefs")?.list ?? [])
				.filter((part) => (part.get("kind")?.text ?? "Service") === "Service" && part.get("namespace") === undefined)
				.map((part) => named("Service", part.get("name"), "sends to")),
		);
	if (/^(?:HorizontalPodAutoscaler|VerticalPodAutoscaler|ScaledObject)$/.test(kind)) {
		const target = spec?.get("scaleTargetRef") ?? spec?.get("targetRef");
		const of = target?.get("kind")?.text ?? (kind === "ScaledObject" ? "Deployment" : undefined);
		return [of === undefined ? undefined : named(of, target?.get("name"), "scales")];
	}
	if (kind === "StatefulSet") return [named("Service", spec?.get("serviceName"), "takes its network names from")];
	if (/^(?:Cluster)?RoleBinding$/.test(kind) && isBuiltIn({ apiVersion } as Manifest)) {
		const role = root.get("roleRef");
		return [
			role?.get("kind")?.text === "Role" ? named("Role", role.get("name"), "grants") : undefined,
			...(root.get("subjects")?.list ?? [])
				.filter((part) => part.get("kind")?.text === "ServiceAccount")
				.map((part) => named("ServiceAccount", part.get("name"), "grants to")),
		];
	}
	return [];
}

/** Names of the Services of an Ingress, in both its forms. */
function backendsOf(part: Part): Part[] {
	const backend = part.get("backend") ?? part.get("defaultBackend");
	const own = [
		backend?.get("service", "name"),
		backend?.get("serviceName"),
		part.get("defaultBackend", "service", "name"),
	];
	return [
		...new Set([
			...own.filter((one) => one !== undefined),
			...[...part.map.values(), ...part.list].flatMap(backendsOf),
		]),
	];
}
