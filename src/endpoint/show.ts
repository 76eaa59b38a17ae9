import type { InstanceConfig } from "../config/schema.ts";
import type { KnownEndpoint } from "../instances/endpoint.ts";
import type { Instance } from "../instances/instance.ts";
import { table } from "../system/text.ts";

/** What is known of an instance's endpoint without asking anybody. */
export interface ShownEndpoint extends KnownEndpoint {
	instance: string;
	driver: InstanceConfig["driver"];
}

/** The endpoint of each instance as cres.yaml and .cres have it. */
export const shownEndpoints = (instances: readonly Instance[]): Promise<ShownEndpoint[]> =>
	Promise.all(
		instances.map(async (instance) => {
			const { name, settings } = instance;
			return { instance: name, driver: settings.driver, ...(await instance.endpoint()) };
		}),
	);

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
