import type { Claim } from "../state/claim.ts";

/** Who holds an instance's lease, as it stands on the instance itself. */
export interface LeaseHolder extends Claim {
	token: number;
	/** Told apart from every other holder by it. */
	nonce: string;
}

/** The lease as the instance itself holds it: there every control host sees it. */
export interface InstanceLease {
	/** Undefined when nobody holds it, or its holder is gone. */
	holder(): Promise<LeaseHolder | undefined>;
	/** @throws UserError lease_held with owner, purpose and age */
	take(claim: Claim): Promise<HeldLease>;
	/** Takes it away from whoever holds it; returns who that was. */
	break(): Promise<LeaseHolder | undefined>;
}

/** A lease that was taken on an instance. */
export interface HeldLease {
	/** Higher than that of every earlier holder. */
	token: number;
	/** Milliseconds that it lasts from a renewal on. */
	ttlMs: number;
	/** Milliseconds for which an answer counts between two steps; 0 where nothing else keeps an earlier holder out. */
	freshMs: number;
	/** @throws UserError lease_lost */
	renew(): Promise<void>;
	/** @throws UserError lease_lost */
	assertHeld(): Promise<void>;
	release(): Promise<void>;
}
