/** Items that wait for whoever takes them; then the sources wait. */
const MOST_WAITING = 1_000;

/**
 * What several sources give, as it comes, until all have ended; throws what the first one throws. Raced promises would
 * pile up on a source that is silent for long, so each source is read into one queue, of `most` items.
 */
export async function* merged<T>(sources: readonly AsyncIterable<T>[], most = MOST_WAITING): AsyncIterable<T> {
	const queue = new SharedQueue<T>(most, sources.length);
	for (const source of sources) void pump(source, queue);
	try {
		yield* queue.items();
	} finally {
		queue.leave();
	}
}

async function pump<T>(source: AsyncIterable<T>, queue: SharedQueue<T>): Promise<void> {
	try {
		for await (const item of source) await queue.put(item);
		queue.end();
	} catch (error) {
		queue.fail(error);
	}
}

/** What several writers put in, for one reader. */
class SharedQueue<T> {
	readonly #most: number;
	readonly #waiting: T[] = [];
	#change = Promise.withResolvers<void>();
	#room = Promise.withResolvers<void>();
	#writers: number;
	#isLeft = false;
	#failure: { error: unknown } | undefined;

	constructor(most: number, writers: number) {
		this.#most = most;
		this.#writers = writers;
	}

	/** Over when there is room for another. */
	async put(item: T): Promise<void> {
		if (this.#isLeft) return;
		this.#waiting.push(item);
		this.#change.resolve();
		while (this.#waiting.length >= this.#most && !this.#isLeft) await this.#room.promise;
	}

	/** One writer has no more. */
	end(): void {
		this.#writers--;
		this.#change.resolve();
	}

	fail(error: unknown): void {
		this.#failure = { error };
		this.#change.resolve();
	}

	/** The reader wants no more. */
	leave(): void {
		this.#isLeft = true;
		this.#room.resolve();
	}

	/** Until all writers have ended. Throws what a writer failed with. */
	async *items(): AsyncGenerator<T> {
		for (;;) {
			yield* this.#waiting.splice(0);
			this.#room.resolve();
			this.#room = Promise.withResolvers();
			if (this.#waiting.length > 0) continue;
			if (this.#failure) throw this.#failure.error;
			if (this.#writers === 0) return;
			await this.#change.promise;
			this.#change = Promise.withResolvers();
		}
	}
}
