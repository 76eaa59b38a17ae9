import type { RolloutPorts } from "../../src/rollout/ports.ts";

/** The object store takes the keys and has the bucket. */
export const goodStore: RolloutPorts["store"] = async () => ({ bucketExists: async () => true });
