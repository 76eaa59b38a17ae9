/** What happens to a contract in the background: one thing at a time, the newest wins. */
export interface Lives {
	/** Ends what goes on with the contract, then does `work`. */
	replace(contract: number, work: (signal: AbortSignal) => Promise<void>): Promise<void>;
	/** Ends everything. */
	close(): Promise<void>;
}

/** `onBug` hears of failures that are not the platform's. */
export function createLives(onBug: (error: unknown) => void): Lives {
	const all = new Map<number, { abort: AbortController; ended: Promise<void> }>();
	return {
		replace(contract, work) {
			const before = all.get(contract);
			before?.abort.abort();
			const abort = new AbortController();
			const run = async () => {
				await before?.ended;
				if (!abort.signal.aborted) await work(abort.signal);
			};
			const ended = run().catch((error: unknown) => {
				if (!abort.signal.aborted) onBug(error);
			});
			all.set(contract, { abort, ended });
			return ended;
		},
		async close() {
			for (const { abort } of all.values()) abort.abort();
			await Promise.all([...all.values()].map(({ ended }) => ended));
		},
	};
}
