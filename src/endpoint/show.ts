import type { InstanceConfig } from "../config/schema.ts";
import type { KnownEndpoint } from "../instances/endpoint.ts";
import type { Instance } from "../instances/instance.ts";
import { table } from "../system/text.ts";
import { hostAndPort } from "../system/hosts.ts";

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

/** @param columns of the screen; on a narrow one the host keys are left out */
export function renderShown(endpoints: readonly ShownEndpoint[], columns?: number): string {
	if (endpoints.length === 0) return "cres.yaml names no instance; next: cres instance adopt NAME";
	const rows = endpoints.map((one) => Object.values(cellsOf(one)));
	const headers = Object.keys(cellsOf(endpoints[0]!));
	const missing = endpoints.filter(({ host }) => host === null);
	const shown = table(headers, rows, { columns, drop: ["HOST KEY", "SINCE", "DRIVER", "VERIFIED BY"] });
	return [
		shown,
		...(shown.includes("HOST KEY") ? [] : ["host keys: cres endpoint show INSTANCE, or --json"]),
		...missing.map(({ instance }) => `${instance}: nothing is on record\n  → cres endpoint rotate ${instance}`),
	].join("\n");
}

/** One endpoint in full: a line for each thing known of it. */
export function renderOne(endpoint: ShownEndpoint): string {
	const cells = Object.entries(cellsOf(endpoint));
	const width = Math.max(...cells.map(([name]) => name.length));
	return [
		...cells.map(([name, value]) => `${name.toLowerCase().padEnd(width)}  ${value}`),
		...(endpoint.host === null ? [`  → cres endpoint rotate ${endpoint.instance}`] : []),
	].join("\n");
}

const cellsOf = (one: ShownEndpoint): Record<string, string> => ({
	INSTANCE: one.instance,
	DRIVER: one.driver,
	ENDPOINT: one.host === null ? "-" : hostAndPort(one.host, one.port!),
	VIA: one.via ?? "-",
	GEN: one.generation === null ? "-" : String(one.generation),
	CONTRACT: one.contract === null ? "-" : String(one.contract),
	"HOST KEY": one.fingerprint ?? "-",
	"VERIFIED BY": one.verifiedBy ?? "-",
	SINCE: one.since?.slice(0, 19).replace("T", " ") ?? "-",
});
