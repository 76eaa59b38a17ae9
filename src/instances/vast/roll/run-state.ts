import { UserError } from "../../../errors/errors.ts";
import type { reachContract, Reached } from "../../../instance/reach.ts";
import { endpointOf } from "../../../vast/endpoint-of.ts";
import type { Contract } from "../../../vast/vast.ts";
import type { RolloutPorts } from "../../../rollout/ports.ts";
import { conditionOf } from "../contract.ts";
import type { Observation } from "./observe.ts";

/** Between two looks at a contract, in milliseconds of the platform's time: its documentation asks for as much. */
export const LOOK_EVERY = 10_000;
/** How long a container may take, and its worker to settle; as LOOK_EVERY. */
export const CONTAINER_TIMEOUT = 30 * 60_000;

/** One rollout to a Vast contract on its way. */
export interface VastRun {
	seen: Observation;
	/** The contract as it was read last. */
	contract: Contract;
	/** The container behind ssh, once it was reached. */
	reached: Reached | undefined;
	/** What the recycle takes away, to tell it from what comes. */
	replaced: Replaced;
	/** Takes up an endpoint; only a contract that stays leaves a record of it. */
	reach: typeof reachContract;
	/** Furthest thing that was begun: decides what has to be undone. */
	begun: "nothing" | "drain" | "stage" | "recycle";
	/** Facts for the entry, one a line. */
	facts: string[];
}

interface Replaced {
	contract: Contract;
	/** It ran, so it has to be seen to go. */
	wasUp: boolean;
	/** Its host key, if it was reached. */
	fingerprint: string | undefined;
}

export const replacedBy = (contract: Contract, reached: Reached | undefined): Replaced => ({
	contract,
	wasUp: conditionOf(contract) === "up",
	fingerprint: reached?.endpoint.fingerprint,
});

/** The container of before is not the one that shows now. */
export const hasMoved = (before: Contract, now: Contract): boolean =>
	now.actual !== "running" || endpointOf(now)?.port !== endpointOf(before)?.port;

/** @throws UserError contract_gone */
export async function contractNow(ports: RolloutPorts, own: VastRun): Promise<Contract> {
	const contract = await own.seen.vast.read(own.contract.id);
	if (contract) return (own.contract = contract);
	throw new UserError(
		"contract_gone",
		`contract ${own.contract.id} of ${ports.instance} is gone in the middle of the rollout`,
		{
			hint: `cres instance list, then cres deploy ${ports.instance} --recreate`,
		},
	);
}

export const late = (instance: string, { id, actual, statusMessage }: Contract) =>
	new UserError(
		"container_late",
		`contract ${id} of ${instance} is ${actual ?? "not started"} after ${CONTAINER_TIMEOUT / 60_000} minutes: ${statusMessage?.split("\n").at(-1) ?? "its host says nothing"}`,
		{ hint: `cres instance list, then cres deploy ${instance}` },
	);
