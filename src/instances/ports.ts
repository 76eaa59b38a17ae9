import type { Config } from "../config/config.ts";
import type { RegistryCredential } from "../registry/auth.ts";
import type { Clock } from "../system/clock.ts";
import type { Temporal } from "../temporal/temporal.ts";
import type { VastAccount } from "../vast/account.ts";

/** What an instance talks to; connections open when first asked for. */
export interface InstancePorts {
	config: Config;
	clock: Clock;
	/** Ends what it does for the command. Rollouts and lifecycle changes have signals of their own. */
	signal: AbortSignal;
	/** One line for people. */
	note: (text: string) => void;
	temporal: () => Promise<Temporal>;
	/** @throws UserError vast_key_missing */
	vast: () => Promise<VastAccount>;
	/** Whether a host key that nobody vouches for is taken. */
	acceptHostKey: (fingerprint: string) => Promise<boolean>;
	/** What a Docker daemon pulls with. */
	credential: RegistryCredential | undefined;
}
