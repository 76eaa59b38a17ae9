import type { Config } from "../config/config.ts";
import { endpointOf } from "./endpoint-of.ts";
import { labelFor, placeOf } from "./label.ts";
import type { Contract } from "./vast.ts";
import { hostAndPort } from "../system/hosts.ts";

/** Contract number → instance, for the instances of cres.yaml that live at Vast. */
export const contractsOf = (config: Pick<Config, "instances">): ReadonlyMap<number, string> =>
	new Map(Object.entries(config.instances).flatMap(([name, one]) => ("id" in one ? [[one.id, name] as const] : [])));

/** The instances of cres.yaml that are contracts. */
export const contractNames = (config: Pick<Config, "instances">): string[] => [...contractsOf(config).values()];

/** One contract of the account on the screen. */
export interface AccountRow {
	contract: number;
	label: string | null;
	/** Its name in cres.yaml; null when no instance there has this contract. */
	instance: string | null;
	/** `ours-not-in-config`: labelled as this project's, but no instance of cres.yaml has this contract. */
	state: "ours" | "ours-not-in-config" | "foreign";
	/** What the host was seen to do last; null before it was heard of. */
	status: Contract["actual"];
	/** Configured, which need not run. */
	image: string;
	/** host:port of its sshd; null while there is none. */
	endpoint: string | null;
	/** `2 × RTX 4090`; null without one. */
	gpu: string | null;
	/** USD per hour. */
	dph: number;
}

/** What the account holds, and which of it is this project's, in the order of the contracts' numbers. */
export function describeAccount(
	contracts: readonly Contract[],
	config: Pick<Config, "project" | "instances">,
): AccountRow[] {
	const names = contractsOf(config);
	return contracts
		.toSorted((a, b) => a.id - b.id)
		.map((contract) => {
			const instance = names.get(contract.id) ?? null;
			const labelled = contract.label?.startsWith(labelFor(config.project, "")) ?? false;
			return {
				contract: contract.id,
				label: placeOf(contract.label),
				instance,
				state: instance !== null ? "ours" : labelled ? "ours-not-in-config" : "foreign",
				status: contract.actual,
				image: contract.image,
				endpoint: addressOf(contract),
				gpu: contract.gpus > 0 ? `${contract.gpus} × ${contract.gpuName ?? "GPU"}` : null,
				dph: contract.dphTotal,
			};
		});
}

function addressOf(contract: Contract): string | null {
	const endpoint = endpointOf(contract);
	return endpoint ? hostAndPort(endpoint.host, endpoint.port) : null;
}
