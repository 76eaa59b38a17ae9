import { NEVER_ON_INSTANCES, perimeterSection } from "../src/contracts/perimeter.ts";

export interface RehearsedPerimeter {
	/** Address at which containers reach the parts. */
	gateway: string;
	/** Ports of the parts. */
	ports: { registry: number; temporal: number; store: number; media: number };
	/** Names of the instances. */
	instances: readonly string[];
}

/** docs/Perimeter.md of a rehearsal: both planes on one machine, so that a LAN address, the gateway's, is allowed by name. */
export function rehearsalPerimeter({ gateway, ports, instances }: RehearsedPerimeter): string {
	const { registry, temporal, store, media } = ports;
	const served = "control host, instances";
	return [
		"# Perimeter\n\nOf the rehearsal: one machine plays every plane. Made by cres rehearse; `cres endpoint rotate` edits the endpoints.\n",
		perimeterSection("planes", [
			["control", "this machine", "Temporal, object store, media, registry, `cres`", "GPU work"],
			["compute", "containers on this machine", "workers", "Temporal, object store"],
		]),
		perimeterSection("hosts", [
			["control", "control", gateway, "gateway of the instances' bridge"],
			...instances.map((name) => [name, "compute", "floating", "instance"]),
		]),
		perimeterSection("ports", [
			["Temporal gRPC", "control", String(temporal), served],
			["S3 API", "control", String(store), served],
			["registry", "control", String(registry), served],
			["media", "control", String(media), "instances"],
			["sshd", "compute", "as the platform maps it", "control host"],
		]),
		perimeterSection("allowed", [
			[
				gateway,
				[temporal, store, registry, media].join(", "),
				"plain: allowed because the bridge of this machine carries it; stands for the control plane's public address",
			],
			[gateway.replace(/\d+$/, "0"), "", "network of the media server, which jobs may reach (EGRESS_ALLOW)"],
		]),
		perimeterSection("forbidden", NEVER_ON_INSTANCES),
		perimeterSection("endpoints", []),
	].join("\n");
}
