import type { Clock } from "./clock.ts";

/** How long and how often something is looked for; all in milliseconds. */
export interface Waiting {
	/** Between two looks. */
	everyMs: number;
	/** Behind the first look; each pause is twice the one before, `everyMs` at most. Default: everyMs. */
	firstMs?: number;
	/** Looks and pauses together. The last look may begin when they are over. */
	withinMs: number;
	/** Ends a pause. */
	signal?: AbortSignal | undefined;
}

/**
 * Looks at once, then again and again until `look` returns something but undefined, and returns that; undefined when the
 * time is over. The pauses are counted and the looks measured, not read from the clock: that may be set meanwhile.
 * @throws what `look` throws; AbortError when `signal` is aborted in a pause
 */
export async function until<T>(
	clock: Pick<Clock, "sleep">,
	{ everyMs, firstMs = everyMs, withinMs, signal }: Waiting,
	look: () => Promise<T | undefined>,
): Promise<T | undefined> {
	for (let [waited, pause] = [0, firstMs]; ; pause = Math.min(everyMs, pause * 2)) {
		const from = performance.now();
		const found = await look();
		if (found !== undefined) return found;
		waited += performance.now() - from;
		if (waited >= withinMs) return undefined;
		await clock.sleep(pause, signal);
		waited += pause;
	}
}
