import type { Config } from "../config/config.ts";
import type { RegistryCredential } from "../registry/auth.ts";
import type { Registry } from "../registry/registry.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import type { Shell } from "../system/shell.ts";

/** What a build talks to. */
export interface BuildPorts {
	config: Config;
	shell: Shell;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
	/** The registry as the operator addresses it. */
	registry(): Promise<Registry>;
	/** For the daemon, which pulls the layer below and pushes the result. */
	credential: RegistryCredential | undefined;
}
