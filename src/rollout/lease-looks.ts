import { hasCode } from "../errors/errors.ts";
import type { HeldLease } from "../instances/lease.ts";
import type { Clock } from "../system/clock.ts";

interface LookPorts {
	clock: Pick<Clock, "now">;
	/** When the lease was seen on the instance last; milliseconds since the epoch. */
	seenAt: number;
	/** Called with UserError lease_lost when a look in the background finds another holder. */
	lost: (error: unknown) => void;
}

/**
 * Looks at a lease on an instance while a step goes on, so that the next one need not wait for the answer, and a long
 * step ends when the lease is lost. Where each look is a call that the platform counts, none is made in the background.
 */
export class LeaseLooks {
	readonly #remote: HeldLease;
	readonly #ports: LookPorts;
	readonly #timer: NodeJS.Timeout | undefined;
	#seenAt: number;

	constructor(remote: HeldLease, ports: LookPorts) {
		[this.#remote, this.#ports, this.#seenAt] = [remote, ports, ports.seenAt];
		if (remote.freshMs === 0) return;
		this.#timer = setInterval(() => void this.#lookAside(), remote.freshMs / 2);
		this.#timer.unref();
	}

	/** The last answer is younger than `ms` milliseconds, and of a kind that counts for so long. */
	isFresh(ms: number): boolean {
		const age = Math.abs(this.#ports.clock.now() - this.#seenAt);
		return age < Math.min(ms, this.#remote.freshMs);
	}

	/** An answer that is at most `maxAgeMs` ms old serves, where the instance was asked for another reason. @throws UserError lease_lost */
	async look(maxAgeMs = 0): Promise<void> {
		const asked = this.#ports.clock.now();
		await this.#remote.assertHeld(maxAgeMs);
		this.#seenAt = asked;
	}

	stop(): void {
		clearInterval(this.#timer);
	}

	/** An instance that does not answer is no loss: the next step asks it itself. */
	async #lookAside(): Promise<void> {
		await this.look().catch((error: unknown) => {
			if (hasCode(error, "lease_lost")) this.#ports.lost(error);
		});
	}
}
