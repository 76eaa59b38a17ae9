/** Lets one in at a time, in the order in which they came; who is aborted while waiting leaves the queue. */
export function createMutex(): <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T> {
	let last: Promise<unknown> = Promise.resolve();
	return async (signal, work) => {
		const before = last;
		const { promise: mine, resolve: leave } = Promise.withResolvers<void>();
		last = before.then(() => mine);
		const { promise: aborted, reject } = Promise.withResolvers<never>();
		const abort = (): void => reject(signal.reason);
		signal.addEventListener("abort", abort);
		try {
			signal.throwIfAborted();
			await Promise.race([before, aborted]);
			return await work();
		} finally {
			signal.removeEventListener("abort", abort);
			leave();
		}
	};
}
