import type { RouteName } from "./route-names.ts";

/** Seconds between two calls of one route and method, as Vast documents them. */
const THRESHOLDS: Partial<Record<RouteName, number>> = {
	show: 2,
	create: 4.5,
	destroy: 3,
	command: 1.5,
	"ssh-detach": 2,
};
/** Where none is documented. */
const USUAL_THRESHOLD = 1;
/** A create that comes too early makes the next one wait for so long. */
const CREATE_PENALTY = 12;

/** Minimum intervals between calls, for one identity (key and address) and one route each. */
export interface Limiter {
	/** Undefined when the call may pass at `now` (platform ms), else the threshold in seconds that it broke. */
	refuse(route: RouteName, identity: string, now: number): number | undefined;
}

/** Calls that were refused do not count, except that of a create. */
export function createLimiter(): Limiter {
	const opensAt = new Map<string, number>();
	return {
		refuse(route, identity, now) {
			const key = `${identity} ${route}`;
			const threshold = THRESHOLDS[route] ?? USUAL_THRESHOLD;
			if (now >= (opensAt.get(key) ?? 0)) {
				opensAt.set(key, now + threshold * 1000);
				return undefined;
			}
			if (route === "create") opensAt.set(key, now + CREATE_PENALTY * 1000);
			return threshold;
		},
	};
}
