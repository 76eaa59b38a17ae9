import type { Verdict } from "../checks/doctor/check.ts";
import type { Role } from "../contracts/queues.ts";
import type { World } from "./world.ts";

/** One test of the ladder. What it throws is a failure with that message and hint. */
export interface Rung {
	name: string;
	/** Milliseconds that it may take; gpu where models come first. */
	limitMs: Readonly<Record<Role, number>>;
	/** What to do when it fails without a hint of its own. */
	fix: string;
	/** It is done also when a rung below it has failed. */
	always?: true;
	/** Why it is left out; undefined: it is not. */
	skip?(world: World): string | undefined;
	run(world: World, call: RungCall): Promise<Verdict>;
}

export interface RungCall {
	/** Aborts on Ctrl-C and at the end of the time. */
	signal: AbortSignal;
	/** Milliseconds until the end of the time, when it began. */
	limitMs: number;
	/** One line beside the rung while it is at work. */
	report: (text: string) => void;
}

/** The same time for both roles, in seconds. */
export const limit = (cpu: number, gpu = cpu): Rung["limitMs"] => ({ cpu: cpu * 1000, gpu: gpu * 1000 });
