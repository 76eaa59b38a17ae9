import type { UserError } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { leaseLost } from "./lease-errors.ts";
import { endTerm, isLatest, rewriteTerm, type Term, type TermRecord } from "./lock-terms.ts";

/** A lock that was taken. */
export interface Lock {
	/** Fencing token: a writer with a smaller one has lost the lock. */
	readonly token: number;
	readonly nonce: string;
	/** Aborts with UserError lease_lost (busy) when another process has the lock, or it could not be renewed in time. */
	readonly signal: AbortSignal;
	/** Looks at the file. @throws UserError lease_lost (busy) when the lock is not held any more */
	assertHeld(): Promise<void>;
	/** Gives it back; twice, or after a loss, is no error. */
	release(): Promise<void>;
}

interface Held {
	path: string;
	term: Term & { record: TermRecord };
	clock: Pick<Clock, "now">;
	ttlMs: number;
	subject: string;
}

/** Renews its term every third of its time. Looking and writing happen one after the other, never at once. */
export class HeldLock implements Lock {
	readonly token: number;
	readonly nonce: string;
	readonly #held: Held;
	readonly #loss = new AbortController();
	readonly #heartbeat: NodeJS.Timeout;
	#renewedAt = performance.now();
	#released = false;
	#work: Promise<void> = Promise.resolve();

	constructor(held: Held) {
		this.#held = held;
		this.token = held.term.record.token;
		this.nonce = held.term.record.nonce;
		this.#heartbeat = setInterval(() => void this.#inTurn(() => this.#beat()), held.ttlMs / 3);
		this.#heartbeat.unref();
	}

	get signal(): AbortSignal {
		return this.#loss.signal;
	}

	async assertHeld(): Promise<void> {
		await this.#inTurn(() => this.#look(this.#isOverdue()));
		this.signal.throwIfAborted();
		if (this.#released) throw this.#lostError();
	}

	async release(): Promise<void> {
		clearInterval(this.#heartbeat);
		await this.#inTurn(async () => {
			await this.#look(false);
			if (this.signal.aborted || this.#released) return;
			this.#released = true;
			const { path, term } = this.#held;
			await endTerm(path, term.number, term.record);
		});
	}

	#inTurn(work: () => Promise<void>): Promise<void> {
		const result = this.#work.then(work);
		this.#work = result.catch(() => {});
		return result;
	}

	async #beat(): Promise<void> {
		await this.#look(true).catch((error: unknown) => {
			if (this.#isOverdue()) this.#lose(error);
		});
	}

	/** Looks whether the term is still the latest one; renews it if asked to, and then looks again. */
	async #look(renew: boolean): Promise<void> {
		if (this.signal.aborted || this.#released) return;
		const { path, term } = this.#held;
		const isMine = await isLatest(path, term);
		if (isMine && renew) await this.#renew();
		if (!isMine || (renew && !(await isLatest(path, term)))) this.#lose();
	}

	/** A full disk is no loss: who wanted to take over could not write either. */
	async #renew(): Promise<void> {
		const { path, term, clock, ttlMs } = this.#held;
		const record = { ...term.record, expires: clock.now() + ttlMs };
		await rewriteTerm(path, term.number, record).then(
			() => {
				term.record = record;
				this.#renewedAt = performance.now();
			},
			() => {},
		);
	}

	/** Both clocks count: one may stand still while the machine sleeps, the other can be set. */
	#isOverdue(): boolean {
		const { term, clock, ttlMs } = this.#held;
		return performance.now() - this.#renewedAt > ttlMs || clock.now() >= term.record.expires;
	}

	#lose(cause?: unknown): void {
		clearInterval(this.#heartbeat);
		this.#loss.abort(this.#lostError(cause));
	}

	#lostError(cause?: unknown): UserError {
		return leaseLost(this.#held.subject, undefined, cause);
	}
}
