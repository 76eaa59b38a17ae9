/** Items that wait for whoever takes them; then the sources wait. */
const MOST_WAITING = 1_000;

/**
 * What several sources give, as it comes, until all have ended; throws what the first one throws. Raced promises would
 * pile up on a source that is silent for long, so each source is read into one queue, of `most` items.
 */
export async function* merged<T>(sources: readonly AsyncIterable<T>[], most = MOST_WAITING): AsyncIterable<T> {
	const queue: T[] = [];
	let change = Promise.withResolvers<void>();
	let room = Promise.withResolvers<void>();
	let open = sources.length;
	let isLeft = false;
	let failure: { error: unknown } | undefined;
	const take = async (item: T): Promise<void> => {
		if (isLeft) return;
		queue.push(item);
		change.resolve();
		while (queue.length >= most && !isLeft) await room.promise;
	};
	for (const source of sources)
		void pump(source, take).then(
			() => {
				open--;
				change.resolve();
			},
			(error: unknown) => {
				failure = { error };
				change.resolve();
			},
		);
	try {
		for (;;) {
			yield* queue.splice(0);
			room.resolve();
			room = Promise.withResolvers();
			if (queue.length > 0) continue;
			if (failure) throw failure.error;
			if (open === 0) return;
			await change.promise;
			change = Promise.withResolvers();
		}
	} finally {
		isLeft = true;
		room.resolve();
	}
}

async function pump<T>(source: AsyncIterable<T>, take: (item: T) => Promise<void>): Promise<void> {
	for await (const item of source) await take(item);
}
