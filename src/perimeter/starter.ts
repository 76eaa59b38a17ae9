import { NEVER_ON_INSTANCES, perimeterSection } from "../contracts/perimeter.ts";

/** A docs/Perimeter.md to fill in: everything but the control plane's public address. */
export function starterPerimeter(): string {
	const served = "control host, instances";
	const own = "the instance itself, tunnels";
	return [
		"# Perimeter\n\nWhich plane may reach which host and port. People read it, and `cres` reads the tables below these headings: `cres perimeter check` holds every instance's environment against them. Other columns, headings and text are yours.\n",
		perimeterSection("planes", [
			["control", "control host, on the LAN", "Temporal, object store, control API, `cres`", "GPU work"],
			["compute", "rented instances, floating", "workers, engines, compute API", "Temporal, object store"],
			["build", "hosted CI and the registry", "image build, push, smoke", "pushing code to an instance"],
		]),
		"Put the public address or name of the control host in place of the dash. `floating` is for addresses that the platform decides.\n",
		perimeterSection("hosts", [
			["control", "control", "-", "public address of the control host"],
			["instances", "compute", "floating", "see Compute endpoints"],
		]),
		perimeterSection("ports", [
			["Temporal gRPC", "control", "7233", served],
			["Temporal UI", "control", "8233", "LAN"],
			["S3 API", "control", "9000", served],
			["control API", "control", "8100", served],
			["compute API", "compute", "8100", own],
			["llama-server", "compute", "8081", own],
			["sshd", "compute", "as the platform maps it", "control host"],
		]),
		perimeterSection("allowed", []),
		'A row above wins over one below: an address, a range, a name or `*.name`, at the ports given or at all. A row whose reason begins with `plain:` also allows Temporal and the store to be spoken to in clear there; under Hosts, "what it is" may begin so.\n',
		perimeterSection("forbidden", NEVER_ON_INSTANCES),
		"`cres endpoint rotate` writes the rows below; what you add to a tunnel command is kept.\n",
		perimeterSection("endpoints", []),
	].join("\n");
}
