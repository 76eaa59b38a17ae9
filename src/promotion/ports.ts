import type { FindAttested } from "../attest/attested.ts";
import type { Config } from "../config/config.ts";
import type { Registry } from "../registry/registry.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";

/** What a promotion talks to. */
export interface PromotionPorts {
	config: Config;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
	/** The registry as the operator addresses it. */
	registry: () => Promise<Registry>;
	attested: FindAttested;
}
