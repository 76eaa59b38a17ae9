import { UserError } from "../../../errors/errors.ts";
import type { RolloutRun } from "../../../rollout/rollout-run.ts";
import type { NextRelease } from "../../../rollout/wanted.ts";
import type { VastAccount } from "../../../vast/account.ts";
import { endpointOf } from "../../../vast/endpoint-of.ts";
import type { Contract } from "../../../vast/vast.ts";
import type { Known } from "../../instance.ts";
import type { connectContract, Connected } from "../connect.ts";
import { conditionOf } from "../contract.ts";
import type { VastPorts } from "../ports.ts";
import { CONTAINER_TIMEOUT } from "../timings.ts";

/** One rollout to a Vast contract on its way. */
export interface VastRollout {
	account: VastAccount;
	run: RolloutRun;
	next: NextRelease;
	known: Known;
	/** The contract as it was read last. */
	contract: Contract;
	/** The container behind ssh, once it was connected to. */
	connected: Connected | undefined;
	/** An interrupted rollout had told the platform exactly what is wanted. */
	underWay: boolean;
	/** Build that ran when the rollout began; undefined where none of ours did. */
	ranBefore: string | undefined;
	/** The contract as it was when the rollout began. */
	before: Contract;
	/** What the recycle takes away, to tell it from what comes. */
	replaced: Replaced;
	/** Connects to an endpoint; only a contract that stays leaves a record of it. */
	connect: typeof connectContract;
	/** Furthest thing that was begun: decides what has to be undone. */
	begun: "nothing" | "drain" | "stage" | "recycle";
}

interface Replaced {
	contract: Contract;
	/** It ran, so it has to be seen to go. */
	wasUp: boolean;
	/** Its host key, if it was connected to. */
	fingerprint: string | undefined;
}

/** What has to be known of the container of before, to tell the next one from it. */
export const replacedBy = (contract: Contract, connected: Connected | undefined): Replaced => ({
	contract,
	wasUp: conditionOf(contract) === "up",
	fingerprint: connected?.endpoint.fingerprint,
});

/** The container of before is not the one that shows now. */
export const hasMoved = (before: Contract, now: Contract): boolean =>
	now.actual !== "running" || endpointOf(now)?.port !== endpointOf(before)?.port;

/** Takes another connection in place of the one before, which ends: an open one keeps the process alive. */
export function takeConnection(own: Pick<VastRollout, "connected">, connected: Connected | undefined): void {
	if (own.connected !== connected) own.connected?.session.close();
	own.connected = connected;
}

/** @throws UserError contract_gone */
export async function contractNow(ports: VastPorts, own: VastRollout): Promise<Contract> {
	const contract = await own.account.read(own.contract.id);
	if (contract) return (own.contract = contract);
	throw new UserError(
		"contract_gone",
		`contract ${own.contract.id} of ${ports.name} is gone in the middle of the rollout`,
		{ hint: `cres instance list, then cres deploy ${ports.name} --replace` },
	);
}

/** The platform did not start the container in time. */
export const late = (instance: string, { id, actual, statusMessage }: Contract) =>
	new UserError(
		"container_late",
		`contract ${id} of ${instance} is ${actual ?? "not started"} after ${CONTAINER_TIMEOUT / 60_000} minutes: ${statusMessage?.split("\n").at(-1) ?? "its host says nothing"}`,
		{ hint: `cres instance list, then cres deploy ${instance}` },
	);
