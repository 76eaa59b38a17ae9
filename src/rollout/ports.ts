import type { Config } from "../config/config.ts";
import type { ContainerHost } from "../instance/container-host.ts";
import type { Registry } from "../registry/registry.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import type { Temporal } from "../temporal/temporal.ts";

interface OpenOptions {
	/** Called while the host answers. */
	dialled?: () => void;
	/** Ends the attempt; Ctrl-C unless given. */
	signal?: AbortSignal;
}

/** What a rollout of one instance talks to. */
export interface RolloutPorts {
	/** Name of the instance. */
	instance: string;
	config: Config;
	clock: Clock;
	progress: Progress;
	/** Aborted by Ctrl-C: the rollout then goes back to what ran before. */
	signal: AbortSignal;
	/** A fresh connection to the instance's Docker daemon. */
	openHost(options?: OpenOptions): Promise<ContainerHost>;
	temporal(): Promise<Temporal>;
	/** The registry as the operator addresses it. */
	registry(): Promise<Registry>;
}
