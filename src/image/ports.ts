import type { Config } from "../config/config.ts";
import type { RegistryCredential } from "../registry/auth.ts";
import type { Digest } from "../registry/image-reference.ts";
import type { Registry } from "../registry/registry.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import type { Shell } from "../system/shell.ts";

/** Attests what an app image was built from. */
export interface ProvenanceSigner {
	/** Asked before anything is built. @throws UserError for what would make sign fail */
	assertReady(): Promise<void>;
	/**
	 * Called when the image is pushed, and before the tag of its inputs stands: one whose provenance could not be written is
	 * built again by the next build. Nobody signs for an image that was there already.
	 */
	sign(digest: Digest): Promise<void>;
}

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
	/** Left out: nothing is attested. */
	provenance?: ProvenanceSigner;
}
