import { hasCode } from "../errors/errors.ts";
import type { HeldLease } from "../instances/lease.ts";
import { leaseLost } from "../state/lease-errors.ts";

/**
 * Renews a lease on an instance every quarter of its time, one renewal after the other. It is lost when a renewal says so,
 * and when none has succeeded for the whole of its time: also when no answer comes at all.
 */
export class Heartbeat {
	readonly #instance: string;
	readonly #remote: HeldLease;
	readonly #loss = new AbortController();
	readonly #timer: NodeJS.Timeout;
	#deadline: NodeJS.Timeout | undefined;
	#beating: Promise<void> | undefined;
	#failure: unknown;

	constructor(instance: string, remote: HeldLease) {
		[this.#instance, this.#remote] = [instance, remote];
		this.#timer = setInterval(() => this.#beatAlone(), remote.ttlMs / 4);
		this.#timer.unref();
		this.#lastsFrom(performance.now());
	}

	/** Aborts with UserError lease_lost. */
	get signal(): AbortSignal {
		return this.#loss.signal;
	}

	/** A renewal on its way would take the lease again after its release; one that never answers is not waited for. */
	async stop(): Promise<void> {
		clearInterval(this.#timer);
		const { promise: lost, resolve } = Promise.withResolvers<void>();
		this.signal.addEventListener("abort", () => resolve());
		if (!this.signal.aborted) await Promise.race([this.#beating, lost]);
		clearTimeout(this.#deadline);
	}

	/** It is lost: nothing is renewed from now on. */
	lose(error: unknown): void {
		clearInterval(this.#timer);
		clearTimeout(this.#deadline);
		this.#loss.abort(error);
	}

	#beatAlone(): void {
		this.#beating ??= this.#beat().finally(() => (this.#beating = undefined));
	}

	async #beat(): Promise<void> {
		const asked = performance.now();
		try {
			await this.#remote.renew();
			this.#lastsFrom(asked);
		} catch (error) {
			if (hasCode(error, "lease_lost")) this.lose(error);
			this.#failure = error;
		}
	}

	/** @param renewed by the clock of `performance`: the holder is believed for the lease's time from then on */
	#lastsFrom(renewed: number): void {
		clearTimeout(this.#deadline);
		const left = renewed + this.#remote.ttlMs - performance.now();
		this.#deadline = setTimeout(() => this.lose(leaseLost(this.#instance, undefined, this.#failure)), left);
		this.#deadline.unref();
	}
}
