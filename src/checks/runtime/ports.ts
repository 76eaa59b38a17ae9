import type { Config } from "../../config/config.ts";
import type { Instance, Running } from "../../instances/instance.ts";
import type { Release } from "../../state/releases.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../system/clock.ts";
import type { Shell } from "../../system/shell.ts";
import type { Temporal } from "../../temporal/temporal.ts";

/** What a runtime triage asks. */
export interface RuntimePorts {
	config: Config;
	clock: Clock;
	shell: Shell;
	instance: (name: string) => Promise<Instance>;
	temporal: () => Promise<Temporal>;
	store: () => Promise<Store>;
	/** Names of the settings that the running container does not have. */
	drift: (instance: Instance, running: Running, releases: readonly Release[]) => Promise<string[]>;
}
