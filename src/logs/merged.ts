/**
 * What several sources give, as it comes, until all have ended; throws what the first one throws. Raced promises would
 * pile up on a source that is silent for long, so each source is read into one queue.
 */
export async function* merged<T>(sources: readonly AsyncIterable<T>[]): AsyncIterable<T> {
	const queue: T[] = [];
	let change = Promise.withResolvers<void>();
	let open = sources.length;
	let failure: { error: unknown } | undefined;
	for (const source of sources)
		void pump(source, (item) => {
			queue.push(item);
			change.resolve();
		}).then(
			() => {
				open--;
				change.resolve();
			},
			(error: unknown) => {
				failure = { error };
				change.resolve();
			},
		);
	for (;;) {
		yield* queue.splice(0);
		if (queue.length > 0) continue;
		if (failure) throw failure.error;
		if (open === 0) return;
		await change.promise;
		change = Promise.withResolvers();
	}
}

async function pump<T>(source: AsyncIterable<T>, take: (item: T) => void): Promise<void> {
	for await (const item of source) take(item);
}
