import type { Config } from "../config/config.ts";
import type { Registry } from "../registry/registry.ts";
import type { Clock } from "../system/clock.ts";
import type { AskLimits } from "./keyless/ask.ts";

/** What of the configuration attestations need. */
export type AttestConfig = Pick<Config, "attest" | "image" | "root" | "secret" | "value">;

/** What attestations talk to. */
export interface AttestPorts {
	config: AttestConfig;
	clock: Clock;
	signal: AbortSignal;
	/** The registry as the operator addresses it. */
	registry(): Promise<Registry>;
	/** Of the services that keyless signing asks; default: those of src/attest/keyless/ask.ts. */
	limits?: AskLimits;
}
