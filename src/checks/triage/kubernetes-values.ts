import { clusterOf, isBuiltIn, isComputed, type Manifest } from "../kubernetes/manifests.ts";
import { fault, isText, notText, numbersForTexts } from "../kubernetes/texts.ts";
import { quantityOf, servedInstead } from "../kubernetes/values.ts";
import { allContainers, templateOf, titleOf } from "../kubernetes/workloads.ts";
import type { Part } from "../workflows/part.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS505",
	scope: "static",
	severity: "error",
	question: "Would Kubernetes accept the versions and values of every manifest?",
	why: "One object that is refused stops the whole apply half-way. A memory limit of `512m` is half a byte, and the pod never starts.",
	example: '`value: 8080` of a variable: it must be text, so write "8080". `apiVersion: v1` of a Deployment: apps/v1.',
	run(tree) {
		const { manifests } = clusterOf(tree);
		const judged = manifests.filter(({ broken }) => !broken);
		return { looked: `${judged.length} objects of Kubernetes`, findings: judged.flatMap(faultsOf) };
	},
} satisfies StaticCheck;

function faultsOf(manifest: Manifest): Found[] {
	const template = templateOf(manifest);
	const containers = template === undefined || !isBuiltIn(manifest) ? [] : allContainers(template);
	return [
		...version(manifest),
		...name(manifest),
		...restart(manifest, template),
		...replicas(manifest),
		...numbersForTexts(manifest),
		...twice(manifest, containers),
		...containers.flatMap((one) => [...variables(manifest, one), ...resources(manifest, one)]),
	];
}

function version({ root, kind, apiVersion }: Manifest): Found[] {
	const right = isComputed(apiVersion) ? undefined : servedInstead(kind, apiVersion);
	if (right === undefined) return [];
	return [
		fault(
			root.get("apiVersion")!,
			`no Kubernetes of today serves ${kind} as ${apiVersion}`,
			`write ${right}`,
			right.includes(" ") ? undefined : right,
		),
	];
}

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
function name(manifest: Manifest): Found[] {
	const part = manifest.root.get("metadata", "name");
	if (
		manifest.name === undefined ||
		!isBuiltIn(manifest) ||
		/rbac/.test(manifest.apiVersion) ||
		!/[A-Z_]/.test(manifest.name)
	)
		return [];
	const right = manifest.name.toLowerCase().replaceAll("_", "-");
	return [
		fault(
			part!,
			`${manifest.kind} has the name ${manifest.name}: a name holds small letters, digits, - and . only`,
			`write ${right} there and wherever it is named`,
		),
	];
}

function restart(manifest: Manifest, template: Part | undefined): Found[] {
	const part = template?.get("spec", "restartPolicy");
	const { kind } = manifest;
	const wrong = /^(?:Deployment|StatefulSet|DaemonSet|ReplicaSet)$/.test(kind)
		? part?.text !== undefined && part.text !== "Always"
		: /^(?:Job|CronJob)$/.test(kind) &&
			(part === undefined || part.text === "Always") &&
			template?.get("spec", "containers") !== undefined &&
			!manifest.patch;
	if (!wrong || !isBuiltIn(manifest) || isComputed(part?.text ?? "")) return [];
	const right = kind.endsWith("Job") ? "OnFailure or Never" : "Always";
	return [
		fault(
			part ?? template!.get("spec")!,
			`${titleOf(manifest)} has ${part === undefined ? "no restartPolicy" : `restartPolicy ${part.text!}`}, and a ${kind} may have only ${right}`,
			`write restartPolicy: ${right.split(" ")[0]!}`,
		),
	];
}

function replicas({ kind, root, name: title }: Manifest): Found[] {
	const [least, most] = ["minReplicas", "maxReplicas"].map((key) => root.get("spec", key));
	if (kind !== "HorizontalPodAutoscaler" || !(Number(least?.text) > Number(most?.text))) return [];
	return [
		{
			message: `HorizontalPodAutoscaler ${title ?? ""} wants at least ${least!.text!} replicas, and at most ${most!.text!}`,
			evidence: [most!.place, least!.place],
			fix: { say: `raise maxReplicas to ${least!.text!} or more, or lower minReplicas` },
		},
	];
}

function variables(manifest: Manifest, container: Part): Found[] {
	return (container.get("env")?.list ?? []).flatMap((part): Found[] => {
		const value = part.get("value");
		return value === undefined || isText(value)
			? []
			: [notText(manifest, `the variable ${part.get("name")?.text ?? ""}`, value)];
	});
}

function resources(manifest: Manifest, container: Part): Found[] {
	const [requests, limits] = [container.get("resources", "requests"), container.get("resources", "limits")];
	return ["cpu", "memory", "ephemeral-storage"].flatMap((what): Found[] => {
		const parts = [requests?.get(what), limits?.get(what)].filter(
			(part) => part?.text !== undefined && !isComputed(part.text),
		) as Part[];
		const bad = parts.find((part) => Number.isNaN(quantityOf(part.text!)));
		if (bad !== undefined)
			return [
				fault(
					bad,
					`${what} of ${titleOf(manifest)} is ${bad.text!}, which is no quantity`,
					`write it as ${what === "cpu" ? "500m or 2" : "512Mi or 2Gi"}`,
				),
			];
		const tiny = what === "cpu" ? undefined : parts.find((part) => /\dm$/.test(part.text!));
		if (tiny !== undefined)
			return [
				fault(
					tiny,
					`${what} of ${titleOf(manifest)} is ${tiny.text!}, which is thousandths of a byte`,
					`write ${tiny.text!.replace(/m$/, "Mi")}`,
					tiny.text!.replace(/m$/, "Mi"),
				),
			];
		const [request, limit] = [requests?.get(what), limits?.get(what)];
		if (
			request?.text === undefined ||
			limit?.text === undefined ||
			!(quantityOf(request.text) > quantityOf(limit.text))
		)
			return [];
		return [
			{
				message: `${what} of ${titleOf(manifest)} requests ${request.text}, and its limit is ${limit.text}`,
				evidence: [request.place, limit.place],
				fix: { say: `request at most ${limit.text}, or raise the limit` },
			},
		];
	});
}

/** Containers, ports and variables of one name. */
function twice(manifest: Manifest, containers: readonly Part[]): Found[] {
	const names = (parts: readonly Part[]) => parts.flatMap((part) => part.get("name") ?? []);
	const groups: [string, Part[]][] = [
		["container", names(containers)],
		...containers.map((one): [string, Part[]] => ["port", names(one.get("ports")?.list ?? [])]),
		...containers.map((one): [string, Part[]] => ["variable", names(one.get("env")?.list ?? [])]),
	];
	return groups.flatMap(([what, parts]) =>
		[...Map.groupBy(parts, ({ text }) => text).entries()].flatMap(([text, all]): Found[] =>
			text === undefined || all.length < 2 || isComputed(text)
				? []
				: [
						{
							message: `${titleOf(manifest)} has the ${what} ${text} twice`,
							evidence: [all[1]!.place, all[0]!.place],
							fix: { say: `rename one ${what}, or delete it` },
							...(what === "variable" ? { severity: "warning" as const } : {}),
						},
					],
		),
	);
}
