import type { Config } from "../config/config.ts";
import type { InstanceConfig } from "../config/schema.ts";
import type { Role } from "../contracts/queues.ts";
import { table } from "../system/text.ts";
import { contractsOf, describeAccount, type AccountRow } from "./ours.ts";
import type { Vast } from "./vast.ts";
import { hostAndPort } from "../system/hosts.ts";

/** One instance of cres.yaml. */
export interface InstanceRow {
	instance: string;
	driver: InstanceConfig["driver"];
	roles: Role[];
	/** host:port of its sshd; null while there is none. */
	endpoint: string | null;
	/** Number of its contract; null with driver docker. */
	contract: number | null;
	/** What Vast saw it do last, `gone` when the account lacks the contract; null with driver docker: nobody was asked. */
	status: AccountRow["status"] | "gone";
}

/** What `cres instance list` returns under --json. */
export interface InstanceList {
	instances: InstanceRow[];
	/** Everything that the account holds; empty when there is neither a key nor an instance with driver vast. */
	contracts: AccountRow[];
}

export interface ListPorts {
	config: Config;
	/** Throws UserError vast_key_missing when there is no key. */
	vast: () => Promise<Vast>;
}

/** The instances of cres.yaml and the contracts of the account; Vast is asked when there is a reason to. */
export async function listInstances({ config, vast }: ListPorts): Promise<InstanceList> {
	const asked = contractsOf(config).size > 0 || config.secret("VAST_API_KEY") !== undefined;
	const contracts = asked ? describeAccount(await (await vast()).contracts(), config) : [];
	const held = new Map(contracts.map((row) => [row.contract, row]));
	const instances = Object.entries(config.instances).map(([instance, one]): InstanceRow => {
		const { driver, roles } = one;
		if (!("id" in one))
			return { instance, driver, roles, endpoint: hostAndPort(one.host, one.port), contract: null, status: null };
		const row = held.get(one.id);
		const status = row === undefined ? "gone" : row.status;
		return { instance, driver, roles, endpoint: row?.endpoint ?? null, contract: one.id, status };
	});
	return { instances, contracts };
}

/** The instances of cres.yaml whose contract the account lacks. */
export const goneInstances = ({ instances }: InstanceList): InstanceRow[] =>
	instances.filter(({ status }) => status === "gone");

/** @param columns of the screen; on a narrow one the contracts go without image and label */
export function renderList(list: InstanceList, columns?: number): string {
	const { instances, contracts } = list;
	return [
		instances.length > 0
			? table(INSTANCE_HEADERS, instances.map(instanceCells), { columns })
			: "cres.yaml names no instance; next: cres instance adopt NAME",
		...(contracts.length > 0
			? ["", table(CONTRACT_HEADERS, contracts.map(contractCells), { columns, drop: ["IMAGE", "LABEL"] })]
			: []),
		...goneInstances(list).map(
			({ instance, contract }) =>
				`${instance}: the account holds no contract ${contract}\n  → set instances.${instance}.id in cres.yaml, or cres deploy ${instance} --replace`,
		),
	].join("\n");
}

const INSTANCE_HEADERS = ["INSTANCE", "DRIVER", "ROLES", "ENDPOINT", "CONTRACT", "STATUS"];
const instanceCells = ({ instance, driver, roles, endpoint, contract, status }: InstanceRow): string[] => [
	instance,
	driver,
	roles.join(" "),
	endpoint ?? "-",
	contract === null ? "-" : String(contract),
	status ?? "-",
];

const CONTRACT_HEADERS = ["CONTRACT", "INSTANCE", "STATE", "STATUS", "LABEL", "GPU", "USD/H", "IMAGE"];
const contractCells = (row: AccountRow): string[] => [
	String(row.contract),
	row.instance ?? "-",
	row.state,
	row.status ?? "-",
	row.label ?? "-",
	row.gpu ?? "-",
	row.dph.toFixed(3),
	row.image || "-",
];
