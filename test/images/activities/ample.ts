import { parseRange } from "../../../images/runtime/ranges.ts";
import type { Bounds } from "../../../images/worker/bounds.ts";

/** Bounds that nothing in a test meets; servers on loopback are reached. */
export const AMPLE: Bounds = {
	allow: [parseRange("127.0.0.0/8")!],
	maxBytes: 1e9,
	maxSeconds: 600,
	minFreeBytes: 0,
};
