/** More callers than this are forgotten together: their buckets must not fill the memory. */
const MOST_CALLERS = 10_000;

export interface LimiterOptions {
	/** Requests a minute that one caller may make; as many may come at once. */
	perMinute: number;
	/** Milliseconds, monotonic. */
	now: () => number;
}

/** Counts a request of a caller (token bucket); returns the seconds after which it may be made, 0 when it may be made now. */
export function createLimiter({ perMinute, now }: LimiterOptions): (caller: string) => number {
	const buckets = new Map<string, { left: number; at: number }>();
	const perMs = perMinute / 60_000;
	return (caller) => {
		const at = now();
		const before = buckets.get(caller) ?? { left: perMinute, at };
		const left = Math.min(perMinute, before.left + (at - before.at) * perMs);
		if (buckets.size >= MOST_CALLERS && !buckets.has(caller)) buckets.clear();
		buckets.set(caller, { left: left < 1 ? left : left - 1, at });
		return left < 1 ? Math.ceil((1 - left) / perMs / 1_000) : 0;
	};
}
