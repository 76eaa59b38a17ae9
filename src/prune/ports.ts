import type { Instance } from "../instances/instance.ts";
import type { PromotionPorts } from "../promotion/ports.ts";
import type { Digest } from "../registry/image-reference.ts";
import type { Temporal } from "../temporal/temporal.ts";

/** Removes an image of the app's repository from the registry; false when it is gone already. */
export type RemoveImage = (digest: Digest) => Promise<boolean>;

/** What a prune of the registry talks to. */
export interface PrunePorts extends PromotionPorts {
	open: (instance: string) => Promise<Instance>;
	/** At Vast, what runs is told by who polls. */
	temporal: () => Promise<Temporal>;
	remove: RemoveImage;
}
