import type { Phase } from "../state/phase.ts";

/** One step of a plan, as data. The steps of a driver hold what they need beside these. */
export interface Step {
	kind: string;
	/** One line for people. */
	title: string;
	phase: Phase;
	/** It destroys or pays, and nothing at the instance keeps a second control host from doing the same: the lease is looked at anew right before. */
	exclusive?: true;
}

export interface StepTime {
	/** Kind of the step, or `revert`. */
	kind: string;
	/** Milliseconds. */
	ms: number;
}
