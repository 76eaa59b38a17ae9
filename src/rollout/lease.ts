import type { UserError } from "../errors/errors.ts";
import type { HeldLease } from "../instances/lease.ts";
import type { Instance } from "../instances/instance.ts";
import { claimOf } from "../state/claim.ts";
import { leaseHeld } from "../state/lease-errors.ts";
import { localLeaseHolder, takeLocalLease } from "../state/leases.ts";
import type { Lock } from "../state/held-lock.ts";
import type { Clock } from "../system/clock.ts";
import { Heartbeat } from "./heartbeat.ts";
import { LeaseLooks } from "./lease-looks.ts";

interface LeasePorts {
	instance: Instance;
	config: { state: string };
	clock: Clock;
}

/** The right to change an instance: held in this state directory and on the instance itself. */
export interface Lease extends AsyncDisposable {
	/** Higher than that of every earlier holder. */
	token: number;
	/** `user@host` */
	owner: string;
	/** Aborts with UserError lease_lost. */
	signal: AbortSignal;
	/** Looks at both places; at the instance unless its answer is less than `freshMs` milliseconds old, where that counts. @throws UserError lease_lost */
	assertHeld(freshMs?: number): Promise<void>;
}

/**
 * Takes both leases and renews them until they are given back. `check` looks, once others are kept out, whether what was
 * seen before still stands.
 * @throws UserError lease_held: who holds it, for what and for how long; and what `check` throws: nothing is held then
 */
export async function takeLease(
	{ instance, config, clock }: LeasePorts,
	purpose: string,
	check: () => Promise<void> = async () => {},
): Promise<Lease> {
	const local = await takeLocalLease(config.state, instance.name, purpose, { clock });
	const claimed = Promise.withResolvers<void>();
	const checking = claimed.promise.then(check);
	checking.catch(() => {}); // who holds the lease is said first
	try {
		const claim = claimOf(purpose, clock);
		const seenAt = clock.now();
		const remote = await instance.lease.take(claim, claimed.resolve);
		await using held = new AsyncDisposableStack();
		const lease = held.use(leaseOf({ instance: instance.name, owner: claim.owner, clock, seenAt }, local, remote));
		claimed.resolve();
		await checking;
		held.move();
		return lease;
	} catch (error) {
		await local.release().catch(() => {}); // the error is what counts
		throw error;
	}
}

function leaseOf(
	{ instance, owner, clock, seenAt }: { instance: string; owner: string; clock: Clock; seenAt: number },
	local: Lock,
	remote: HeldLease,
): Lease {
	const heartbeat = new Heartbeat(instance, remote);
	const looks = new LeaseLooks(remote, { clock, seenAt, lost: (error) => heartbeat.lose(error) });
	heartbeat.signal.addEventListener("abort", () => looks.stop(), { once: true });
	const signal = AbortSignal.any([local.signal, heartbeat.signal]);
	return {
		owner,
		signal,
		token: Math.max(local.token, remote.token),
		async assertHeld(freshMs = 0) {
			signal.throwIfAborted();
			await local.assertHeld();
			if (!looks.isFresh(freshMs)) await looks.look(freshMs);
		},
		async [Symbol.asyncDispose]() {
			looks.stop();
			await heartbeat.stop();
			// Both run out by themselves, and what the rollout came to must not be lost over them.
			await remote.release().catch(() => {});
			await local.release().catch(() => {});
		},
	};
}

/** Who may change the instance now according to this state directory, as the error that keeps others out. */
export async function leaseHolder({ instance, config, clock }: LeasePorts): Promise<UserError | undefined> {
	const holder = await localLeaseHolder(config.state, instance.name, clock);
	return holder && leaseHeld(instance.name, holder, clock.now());
}
