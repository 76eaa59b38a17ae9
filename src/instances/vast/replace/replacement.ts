import type { UserError } from "../../../errors/errors.ts";
import type { RolloutRun } from "../../../rollout/rollout-run.ts";
import type { NextRelease } from "../../../rollout/wanted.ts";
import type { Endpoint } from "../../../state/endpoints.ts";
import type { VastAccount } from "../../../vast/account.ts";
import type { Contract, Offer } from "../../../vast/vast.ts";
import type { Known } from "../../instance.ts";
import type { Connected } from "../connect.ts";
import type { VastRollout } from "../roll/vast-rollout.ts";

/** What the account holds of an instance that is to get another contract. */
export interface Held {
	account: VastAccount;
	/** What cres.yaml names, in whatever state; undefined when it is gone. */
	contract: Contract | undefined;
	/** Its container, where it can be connected to. */
	connected: Connected | undefined;
	/** Set when a change of contracts was interrupted after cres.yaml had been written: with the contract of before, if it is still there. */
	interrupted: { old: Contract | undefined } | undefined;
	/** Rented by rollouts that were interrupted before that. */
	leftovers: Contract[];
}

/** What was seen before another contract is rented. */
export interface Seen extends Held {
	/** The endpoint on record before this look. */
	recorded: Endpoint | undefined;
	/** `registry/repository:tag` as Vast's host pulls it. */
	reference: string;
	/** What the new contract lets in. */
	publicKey: string;
	/** The cheapest first. */
	offers: Offer[];
}

/** A change of contracts on its way. */
export interface Replacement {
	seen: Seen;
	run: RolloutRun;
	next: NextRelease;
	known: Known;
	/** The contract of now only has to be finished: it has brought what is wanted. */
	finishes: boolean;
	/** The contract that is to become the instance's. */
	fresh: VastRollout | undefined;
	/** Offers that were asked for. */
	tried: Offer[];
	/** A contract was asked for, and not seen to be refused or destroyed. */
	asked: boolean;
	/** The old worker was told to stop, by this rollout or by one that was interrupted. */
	drained: boolean;
	/** cres.yaml names the new contract. */
	takenOver: boolean;
	/** What could not be ended. */
	left: UserError | undefined;
}
