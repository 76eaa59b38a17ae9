import type { Config } from "../config/config.ts";
import { recordedEndpoint, type Endpoint } from "../instances/endpoint.ts";
import { instanceConfig, sshTarget } from "../instances/find.ts";
import { table } from "../system/text.ts";

/** What is known of an instance's endpoint without asking anybody. */
export interface ShownEndpoint {
	instance: string;
	driver: "docker" | "vast";
	/** Null where nothing is on record. */
	host: string | null;
	port: number | null;
	/** Null with driver docker, as all that follows but the host key. */
	via: Endpoint["via"] | null;
	generation: number | null;
	/** Contract that it was proven for. */
	contract: number | null;
	/** `SHA256:…`; null where none is pinned. */
	fingerprint: string | null;
	verifiedBy: Endpoint["verifiedBy"] | null;
	/** RFC 3339. */
	since: string | null;
}

/** The endpoint of each instance as cres.yaml and .cres have it. @throws UserError unknown_instance (usage) */
export const shownEndpoints = (config: Config, instances: readonly string[]): Promise<ShownEndpoint[]> =>
	Promise.all(instances.map((instance) => shown(config, instance)));

async function shown(config: Config, instance: string): Promise<ShownEndpoint> {
	const nothing = { via: null, generation: null, contract: null, verifiedBy: null, since: null };
	if (instanceConfig(config, instance).driver === "docker") {
		const { host, port, fingerprint = null } = await sshTarget(config, instance);
		return { instance, driver: "docker", host, port, ...nothing, fingerprint };
	}
	const recorded = await recordedEndpoint(config.root, instance);
	const none = { host: null, port: null, ...nothing, fingerprint: null };
	return { instance, driver: "vast", ...(recorded ?? none) };
}

export function renderShown(endpoints: readonly ShownEndpoint[]): string {
	if (endpoints.length === 0) return "cres.yaml names no instance; next: cres instance adopt NAME";
	const rows = endpoints.map((one) => [
		one.instance,
		one.driver,
		one.host === null ? "-" : `${one.host}:${one.port}`,
		one.via ?? "-",
		one.generation === null ? "-" : String(one.generation),
		one.contract === null ? "-" : String(one.contract),
		one.fingerprint ?? "-",
		one.verifiedBy ?? "-",
		one.since?.slice(0, 19).replace("T", " ") ?? "-",
	]);
	const headers = ["INSTANCE", "DRIVER", "ENDPOINT", "VIA", "GEN", "CONTRACT", "HOST KEY", "VERIFIED BY", "SINCE"];
	const missing = endpoints.filter(({ host }) => host === null);
	return [
		table(headers, rows),
		...missing.map(({ instance }) => `${instance}: nothing is on record\n  → cres endpoint rotate ${instance}`),
	].join("\n");
}
