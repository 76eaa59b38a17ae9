import type { FindAttested } from "../attest/attested.ts";
import type { Config } from "../config/config.ts";
import type { Instance } from "../instances/instance.ts";
import type { Registry } from "../registry/registry.ts";
import type { Store } from "../store/store.ts";
import type { Clock, ClockSkew } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import type { Temporal } from "../temporal/temporal.ts";

/** What a rollout of one instance talks to. */
export interface RolloutPorts {
	instance: Instance;
	config: Config;
	clock: Clock;
	/** How far `clock` is from the registry's; absent: it is right. */
	skew?: ClockSkew;
	progress: Progress;
	/** Aborted by Ctrl-C: the rollout then goes back to what ran before. */
	signal: AbortSignal;
	temporal: () => Promise<Temporal>;
	/** The registry as the operator addresses it. */
	registry: () => Promise<Registry>;
	/** The object store as the operator addresses it. */
	store: () => Promise<Pick<Store, "bucketExists">>;
	attested: FindAttested;
}
