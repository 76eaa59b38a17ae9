import { PERIMETER_FILE } from "../contracts/perimeter.ts";
import type { Config } from "../config/config.ts";
import type { Endpoint } from "../state/endpoints.ts";
import { splitHostAndPort } from "../system/hosts.ts";
import { ownOf } from "../system/own-of.ts";
import type { Finding, Place } from "./check.ts";
import type { EndpointRow, PerimeterDocument } from "./document.ts";

/** What cannot be read in the document, as findings. */
export const documentFindings = ({ faults }: PerimeterDocument): Finding[] =>
	faults.map(({ line, message }) =>
		about(line, { severity: "finding", rule: "document", message, fix: `correct ${PERIMETER_FILE}:${line}` }),
	);

/** Whether each row of endpoints says what `.cres` has on record. `recorded` holds the endpoint of each instance that has one. */
export function checkEndpoints(
	{ endpoints }: Pick<PerimeterDocument, "endpoints">,
	instances: Config["instances"],
	recorded: Readonly<Record<string, Endpoint | undefined>>,
): Finding[] {
	const missing = Object.keys(instances).flatMap((instance) => {
		const known = ownOf(recorded, instance);
		if (!known || endpoints.some((row) => row.instance === instance)) return [];
		const message = `${instance} answers at ${at(known)} and has no row of endpoints`;
		return [about(null, { severity: "finding", rule: "endpoint", message, fix: `cres endpoint rotate ${instance}` })];
	});
	return [...endpoints.flatMap((row) => checkRow(row, instances, recorded[row.instance]) ?? []), ...missing];
}

function checkRow(
	row: EndpointRow,
	instances: Config["instances"],
	endpoint: Endpoint | undefined,
): Finding | undefined {
	const { instance, line } = row;
	const one = (severity: Finding["severity"], message: string, fix: string): Finding =>
		about(line, { severity, rule: "endpoint", message, fix });
	if (!Object.hasOwn(instances, instance))
		return one("warning", `no instance of cres.yaml is called ${instance}`, `remove ${PERIMETER_FILE}:${line}`);
	if (!("id" in instances[instance]!)) return undefined; // its address stands in cres.yaml
	if (!endpoint) return one("warning", `no endpoint of ${instance} is on record`, `cres endpoint discover ${instance}`);
	if (endpoint.host === row.host && endpoint.port === row.port && (row.via === "" || row.via === endpoint.via))
		return undefined;
	const message = `${instance} is written at ${at(row)}, and answers at ${at(endpoint)} since generation ${endpoint.generation}`;
	return one("finding", message, `cres endpoint rotate ${instance}`);
}

const at = ({ host, port, via }: { host: string; port: number; via: string }): string =>
	`${host}:${port}${via === "" ? "" : ` (${via})`}`;

/** Whether the ports of Temporal and the store stand in the table of ports. Only warnings: NAT may move a port. */
export function checkServicePorts(
	{ ports }: Pick<PerimeterDocument, "ports">,
	{ temporal, store }: Pick<Config, "temporal" | "store">,
	placeOf: (path: readonly string[]) => Place,
): Finding[] {
	const settings: [string[], string | undefined][] = [
		[["temporal", "address"], temporal.address],
		[["temporal", "instance_address"], temporal.instance_address],
		[["store", "endpoint"], store.endpoint],
		[["store", "instance_endpoint"], store.instance_endpoint],
	];
	return settings.flatMap(([path, address]): Finding[] => {
		if (address === undefined) return [];
		const { port } = splitHostAndPort(address);
		if (ports.some((one) => one.plane === "control" && one.port === port)) return [];
		const name = path.join(".");
		const message = `${name} has port ${port}, which no service of the control plane has`;
		const fix = `correct ${name}, or add port ${port} to Ports in ${PERIMETER_FILE}`;
		return [
			{ severity: "warning", rule: "port", ruleLine: null, ...placeOf(path), name, value: address, message, fix },
		];
	});
}

const about = (line: number | null, finding: Pick<Finding, "severity" | "rule" | "message" | "fix">): Finding => ({
	...finding,
	ruleLine: line,
	file: PERIMETER_FILE,
	line,
	name: null,
	value: null,
});
