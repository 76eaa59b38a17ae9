import { opened } from "../kubernetes/image-ports.ts";
import { routes, scraped } from "../kubernetes/routes.ts";
import { isElsewhere, meantBy } from "../kubernetes/meant.ts";
import { clusterOf, isComputed, type Cluster, type Manifest } from "../kubernetes/manifests.ts";
import { pairsOf, selects, titleOf, workloadsOf, type Workload } from "../kubernetes/workloads.ts";
import { editOf } from "../facts/found.ts";
import { textsBelow } from "../workflows/expressions.ts";
import type { Part } from "../workflows/part.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS502",
	scope: "static",
	severity: "error",
	question: "Are the ports that Services, probes and routes of Kubernetes name those of the containers?",
	why: "A Service that sends to a port where nothing listens refuses every request; a probe of one restarts a healthy container again and again.",
	example:
		"`targetPort: 8081` and the container has `containerPort: 8080`; `port: http` in a probe and no port of that name.",
	run(tree) {
		const cluster = clusterOf(tree);
		const judged = cluster.manifests.filter(({ broken, patch }) => !broken && !patch);
		const services = judged.filter(({ kind, apiVersion }) => kind === "Service" && apiVersion === "v1");
		const findings = [
			...services.flatMap((one) => targets(cluster, one)),
			...workloadsOf(cluster)
				.filter(({ manifest }) => !manifest.broken)
				.flatMap((one) => [...probes(cluster, one), ...opened(tree, one), ...calls(services, one.manifest)]),
			...judged.filter(({ kind }) => kind === "ConfigMap").flatMap((one) => calls(services, one)),
			...judged.flatMap((one) => [...routes(services, one), ...scraped(services, one)]),
		];
		return { looked: `${services.length} Services, ${workloadsOf(cluster).length} workloads of Kubernetes`, findings };
	},
} satisfies StaticCheck;

const SIDECAR = /istio|envoy|linkerd|fluent|vector|promtail|cloudsql|cloud-sql|vault-agent|otel|opentelemetry/;

/** The ports of containers; `complete`: each of them says its own. */
function portsOf(containers: readonly Part[]): { ports: readonly Part[]; complete: boolean } {
	const own = containers.map((one) => one.get("ports")?.list ?? []);
	const silent = containers.filter((one, at) => own[at]!.length === 0 && !SIDECAR.test(one.get("image")?.text ?? ""));
	return { ports: own.flat(), complete: own.flat().length > 0 && (silent.length === 0 || containers.length === 1) };
}

const numberOf = (port: Part): string => port.get("containerPort")?.text ?? "";
const nameOf = (port: Part): string | undefined => port.get("name")?.text;

/** The number stands elsewhere in the container: an argument, a variable. */
const isMentioned = (containers: readonly Part[], port: string): boolean =>
	containers.some((one) =>
		["args", "command", "env"].some((key) => {
			const part = one.get(key);
			return (
				part !== undefined &&
				[...textsBelow(part)].some(([, { text }]) => new RegExp(`(?<!\\d)${port}(?!\\d)`).test(text!))
			);
		}),
	);

function targets(cluster: Cluster, service: Manifest): Found[] {
	const pairs = pairsOf(service.root.get("spec", "selector"));
	if (pairs === undefined || service.root.get("spec", "type")?.text === "ExternalName") return [];
	const selected = workloadsOf(cluster).filter(({ labels }) => selects(pairs, labels));
	const near = selected.length === 0 && !isElsewhere(cluster, pairs) ? meantBy(cluster, service, pairs) : undefined;
	const meant = near === undefined ? selected : [near];
	if (meant.length === 0) return [];
	return (service.root.get("spec", "ports")?.list ?? []).flatMap((entry): Found[] => {
		const part = entry.get("targetPort") ?? entry.get("port");
		const wanted = part?.text;
		if (wanted === undefined || isComputed(wanted) || cluster.patches.includes(wanted)) return [];
		if (meant.some((one) => answers(one, wanted)) || /metric|prom|health/.test(nameOf(entry) ?? "")) return [];
		return [wrong(`${titleOf(service)} sends to port ${wanted}`, part!, meant[0]!)];
	});
}

/** Or it may: where a container does not say all its ports, a number can be right. */
function answers({ containers }: Workload, wanted: string): boolean {
	const { ports, complete } = portsOf(containers);
	if (!/^\d+$/.test(wanted)) return ports.some((port) => nameOf(port) === wanted);
	return !complete || ports.some((port) => numberOf(port) === wanted) || isMentioned(containers, wanted);
}

function wrong(what: string, part: Part, { manifest, containers }: Pick<Workload, "manifest" | "containers">): Found {
	const { ports } = portsOf(containers);
	const told = ports
		.map((port) => [nameOf(port), numberOf(port)].filter((one) => one !== undefined).join(" = "))
		.join(", ");
	const named = !/^\d+$/.test(part.text!);
	const all = ports.flatMap((port) => (named ? (nameOf(port) ?? []) : numberOf(port)));
	const [right] = all;
	return {
		message: `${what}, and the containers of ${titleOf(manifest)} have ${told === "" ? "no named port" : `only ${told}`}`,
		evidence: [part.place, ...ports.map((port) => (port.get(named ? "name" : "containerPort") ?? port).place)],
		fix: {
			say: right === undefined ? `name a port of a container ${part.text!}` : `write ${all.join(" or ")}`,
			...(all.length === 1 ? editOf(part.file, part.line, part.text!, right!) : {}),
		},
	};
}

/** Programs that others make have ports for their health that no manifest needs to say; a program with one port has none. */
function mayListen(containers: readonly Part[], wanted: string): boolean {
	const { ports } = portsOf(containers);
	return (
		/^\d+$/.test(wanted) &&
		(ports.length > 1 || ports.some((port) => /metric|prom|monitor|webhook/.test(nameOf(port) ?? "")))
	);
}

/** A probe asks its own container. */
function probes(cluster: Cluster, workload: Workload): Found[] {
	return workload.containers.flatMap((container) =>
		["livenessProbe", "readinessProbe", "startupProbe"].flatMap((probe): Found[] => {
			const part = ["httpGet", "tcpSocket", "grpc"]
				.map((how) => container.get(probe, how, "port"))
				.find((one) => one !== undefined);
			const wanted = part?.text;
			if (wanted === undefined || isComputed(wanted) || cluster.patches.includes(wanted)) return [];
			const name = container.get("name")?.text;
			// Patches are merged by the name of the container.
			const own = workload.containers.filter((one) => one === container || one.get("name")?.text === name);
			if (answers({ ...workload, containers: own }, wanted) || mayListen(own, wanted)) return [];
			return [
				wrong(`the ${probe} of ${titleOf(workload.manifest)} asks port ${wanted}`, part!, {
					...workload,
					containers: own,
				}),
			];
		}),
	);
}

const URL =
	/(?<![\w.@-])(?:[a-z][\w+.-]*:\/\/(?:[^\s/@]*@)?)?([a-z][a-z0-9-]*)((?:\.[a-z0-9-]+)?(?:\.svc(?:\.cluster\.local)?)?):(\d{2,5})\b/g;

/** `http://api:8080` of a neighbour is a port of its Service, not of its container. */
function calls(services: readonly Manifest[], { root }: Manifest): Found[] {
	const texts = [...textsBelow(root)].filter(([key]) => key !== "image");
	return texts.flatMap(([, part]) =>
		[...part.text!.matchAll(URL)].flatMap(({ 0: url, 1: host, 2: rest, 3: port, index }): Found[] => {
			if (rest !== "" && !/^\.[a-z0-9-]+(?:\.svc(?:\.cluster\.local)?)?$/.test(rest!)) return [];
			const named = services.filter(({ name }) => name === host);
			if (named.length === 0 || named.some(isOpen)) return [];
			const ports = named.flatMap(
				(one) => one.root.get("spec", "ports")?.list.flatMap((entry) => entry.get("port") ?? []) ?? [],
			);
			if (ports.length === 0 || ports.some(({ text }) => text === port || isComputed(text ?? "$"))) return [];
			const place: FilePlace = part.placeIn(index);
			return [
				{
					message: `port ${port!} of the Service ${host!} is called (${url}), and it has ${ports.map(({ text }) => text).join(", ")}`,
					evidence: [place, ...ports.map((one) => one.place)],
					fix: {
						say: `write ${ports[0]!.text!} for ${port!}`,
						...(ports.length === 1 ? editOf(part.file, place.line, port!, ports[0]!.text!) : {}),
					},
				},
			];
		}),
	);
}

/** Its name leads to the pods themselves, or away. */
const isOpen = ({ root }: Manifest): boolean =>
	root.get("spec", "clusterIP")?.text === "None" || root.get("spec", "type")?.text === "ExternalName";
