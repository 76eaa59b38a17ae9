/** One route of the API, and how it may be called. */
export interface Route {
	method: "GET" | "POST" | "PUT" | "DELETE";
	/** `{id}` stands for the number of a contract or an ask. */
	path: string;
	/** Least time between two calls by one key and address, in milliseconds of the platform. */
	intervalMs: number;
	/** Also left out after the platform answered 429. */
	penaltyMs?: number;
	/** Called again only when the call surely had no effect; all others may be called again after any passing failure. */
	once?: true;
	/** Leaves something changed: after a lost reply it is open whether it was done. */
	changes?: true;
}

/** Where no interval is documented. */
const UNDOCUMENTED_MS = 1_000;

/** The routes that cres calls, with the intervals that clients of Vast have measured (`API requests too frequent`). */
export const ROUTES = {
	contract: { method: "GET", path: "/api/v0/instances/{id}/", intervalMs: 2_000 },
	contracts: { method: "GET", path: "/api/v1/instances/", intervalMs: 1_000 },
	stage: { method: "PUT", path: "/api/v0/instances/update_template/{id}/", intervalMs: UNDOCUMENTED_MS, changes: true },
	recycle: {
		method: "PUT",
		path: "/api/v0/instances/recycle/{id}/",
		intervalMs: 1_000,
		changes: true,
		once: true,
	},
	/** State and label. */
	change: { method: "PUT", path: "/api/v0/instances/{id}/", intervalMs: 1_000, changes: true },
	log: { method: "PUT", path: "/api/v0/instances/request_logs/{id}/", intervalMs: UNDOCUMENTED_MS },
	keys: { method: "GET", path: "/api/v0/instances/{id}/ssh/", intervalMs: UNDOCUMENTED_MS },
	attachKey: { method: "POST", path: "/api/v0/instances/{id}/ssh/", intervalMs: 1_000, changes: true },
	offers: { method: "POST", path: "/api/v0/bundles/", intervalMs: UNDOCUMENTED_MS },
	create: {
		method: "PUT",
		path: "/api/v0/asks/{id}/",
		intervalMs: 4_500,
		penaltyMs: 12_000,
		changes: true,
		once: true,
	},
	destroy: { method: "DELETE", path: "/api/v0/instances/{id}/", intervalMs: 3_000, changes: true },
	account: { method: "GET", path: "/api/v0/users/current/", intervalMs: UNDOCUMENTED_MS },
} as const satisfies Record<string, Route>;
