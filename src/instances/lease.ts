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
	/**
	 * `claimed` may be called once others are kept out, while it is still asked whether somebody was faster.
	 * @throws UserError lease_held with owner, purpose and age
	 */
	take(claim: Claim, claimed?: () => void): Promise<HeldLease>;
	/** Takes it away from whoever holds it; returns who that was. */
	break(): Promise<LeaseHolder | undefined>;
}

/** A lease that was taken on an instance. */
export interface HeldLease {
	/** Higher than that of every earlier holder. */
	token: number;
	/** Milliseconds that it lasts from a renewal on. */
	ttlMs: number;
	/** Milliseconds for which an answer counts that was asked for in the background; 0 where each look is a call that the platform counts, and none is made in the background. */
	freshMs: number;
	/** @throws UserError lease_lost */
	renew(): Promise<void>;
	/** An answer that is at most `maxAgeMs` ms old serves, where there is one. @throws UserError lease_lost */
	assertHeld(maxAgeMs?: number): Promise<void>;
	release(): Promise<void>;
}
