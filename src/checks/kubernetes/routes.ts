import type { Found } from "../triage-check.ts";
import type { Part } from "../workflows/part.ts";
import { isComputed, type Manifest } from "./manifests.ts";
import { pairsOf, selects } from "./workloads.ts";

/** Ports of the Services that an Ingress or a route names. */
export function routes(services: readonly Manifest[], { kind, root }: Manifest): Found[] {
	if (!/^(?:Ingress|HTTPRoute|GRPCRoute|TCPRoute|ServiceMonitor)$/.test(kind)) return [];
	const backends = [...partsBelow(root)].flatMap((part) => {
		const service = part.get("service");
		const name =
			service?.get("name") ??
			part.get("serviceName") ??
			(part.get("port") === undefined ? undefined : part.get("name"));
		const port =
			service?.get("port", "number") ?? service?.get("port", "name") ?? part.get("servicePort") ?? part.get("port");
		return name?.text === undefined || port?.text === undefined ? [] : [{ name: name.text, port }];
	});
	return backends.flatMap(({ name, port }): Found[] => {
		const own = services.filter((one) => one.name === name);
		const ports = own.flatMap((one) => one.root.get("spec", "ports")?.list ?? []);
		const known = ports.flatMap((one) => [one.get("port"), one.get("name")]).filter((one) => one?.text !== undefined);
		if (known.length === 0 || isComputed(port.text!) || known.some((one) => one!.text === port.text)) return [];
		return [
			{
				message: `${kind} ${root.get("metadata", "name")?.text ?? ""} sends to port ${port.text!} of the Service ${name}, and it has ${known.map((one) => one!.text).join(", ")}`,
				evidence: [port.place, ...ports.map((one) => (one.get("port") ?? one).place)],
				fix: { say: `write a port of the Service: ${known.map((one) => one!.text).join(" or ")}` },
			},
		];
	});
}

/** Ports that a ServiceMonitor names, of the Services that it selects. */
export function scraped(services: readonly Manifest[], { kind, root, name }: Manifest): Found[] {
	const pairs = kind === "ServiceMonitor" ? pairsOf(root.get("spec", "selector", "matchLabels")) : undefined;
	if (pairs === undefined) return [];
	const own = services.filter((one) => selects(pairs, one.root.get("metadata", "labels")?.map ?? new Map()));
	const ports = own.flatMap((one) => one.root.get("spec", "ports")?.list ?? []);
	const names = ports.flatMap((one) => one.get("name")?.text ?? []);
	return (root.get("spec", "endpoints")?.list ?? []).flatMap((endpoint): Found[] => {
		const part = endpoint.get("port");
		if (part?.text === undefined || own.length === 0 || isComputed(part.text) || names.includes(part.text)) return [];
		return [
			{
				message: `ServiceMonitor ${name ?? ""} asks the port ${part.text}, and the Services that it selects have ${names.length === 0 ? "no named port" : `only ${names.join(", ")}`}`,
				evidence: [part.place, ...ports.map((one) => (one.get("name") ?? one).place)],
				fix: {
					say:
						names.length === 0
							? `name the port of the Service ${part.text}`
							: `write ${names.join(" or ")}, or name a port of the Service ${part.text}`,
				},
			},
		];
	});
}

function* partsBelow(part: Part): Generator<Part> {
	if (part.kind === "map") yield part;
	for (const below of [...part.map.values(), ...part.list]) yield* partsBelow(below);
}
