import { join } from "node:path";
import type { Clock } from "../system/clock.ts";
import { claimOf } from "./claim.ts";
import type { Lock } from "./held-lock.ts";
import { breakLock, lockHolder, takeLock, type Holder } from "./lock.ts";

const pathOf = (state: string, instance: string): string => join(state, "leases", instance);

/**
 * The right to change `instance` from this state directory, renewed until released.
 * @throws UserError lease_held (busy): who holds it, for what and for how long
 */
export const takeLocalLease = (
	state: string,
	instance: string,
	purpose: string,
	{ clock, atLeast = 0 }: { clock: Clock; atLeast?: number },
): Promise<Lock> => takeLock(pathOf(state, instance), claimOf(purpose, clock), { clock, atLeast, subject: instance });

/** Who may change the instance now, if anybody. */
export const localLeaseHolder = (
	state: string,
	instance: string,
	clock: Pick<Clock, "now">,
): Promise<Holder | undefined> => lockHolder(pathOf(state, instance), clock);

/** Takes the lease from whoever holds it. Returns who that was, if anybody. */
export const breakLocalLease = (state: string, instance: string): Promise<Holder | undefined> =>
	breakLock(pathOf(state, instance));
