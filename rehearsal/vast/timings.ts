/** How long the platform takes for things, in milliseconds of its own time. */
export interface Timings {
	/** From the create to the first word of the host. */
	provisioningMs: number;
	/** From recycle's 200 to the first change: the old container still runs and shows its ports. */
	acceptedMs: number;
	/** In `recycling`. */
	recyclingMs: number;
	/** In `loading`, beside the pull itself. */
	loadingMs: number;
	/** By which `status_msg` comes late. */
	messageLagMs: number;
	/** From `running` to an open sshd. */
	sshdDelayMs: number;
	/** From the on-start to a worker that polls; state backing only, a real worker takes its own time. */
	appDelayMs: number;
	/** To stop, start or reboot a container. */
	haltMs: number;
	/** Until a log can be read at its `result_url`. */
	logDelayMs: number;
}

export const USUAL_TIMINGS: Timings = {
	provisioningMs: 3_000,
	acceptedMs: 1_000,
	recyclingMs: 4_000,
	loadingMs: 8_000,
	messageLagMs: 5_000,
	sshdDelayMs: 3_000,
	appDelayMs: 2_000,
	haltMs: 3_000,
	logDelayMs: 2_000,
};

/** As fast as the backing can. */
export const NO_DELAYS = Object.fromEntries(Object.keys(USUAL_TIMINGS).map((name) => [name, 0])) as unknown as Timings;

/** A pull that failed: after so long Vast gives up and `intended_status` becomes `stopped`. */
export const GIVES_UP_MS = 420_000;
/** How long faults last that pass by themselves. */
export const FAULT_MS = { oldPorts: 25_000, flap: 6_000, outage: 120_000, proxyStale: 180_000, logLate: 15_000 };
