import type { Execution } from "../instances/instance.ts";
import type { Lease } from "./lease.ts";
import type { DeployOptions } from "./options.ts";
import type { RolloutPorts } from "./ports.ts";
import type { Seen } from "./preflight.ts";
import type { RolloutRun } from "./rollout-run.ts";

/** A rollout under its lease. */
export interface ActiveRollout extends AsyncDisposable {
	ports: RolloutPorts;
	seen: Seen;
	lease: Lease;
	run: RolloutRun;
	execution: Execution;
	options: DeployOptions;
	/** Aborted by Ctrl-C, or when the lease is lost. */
	signal: AbortSignal;
}
