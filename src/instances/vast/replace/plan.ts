import type { Offer } from "../../../vast/vast.ts";
import type { Step } from "../../../rollout/step.ts";

/** What is known before another contract is rented, as far as a plan needs it. */
export interface StandingBefore {
	/** The contract that cres.yaml names. */
	contract: number;
	gone: boolean;
	/** A worker runs in it and can be told to stop. */
	works: boolean;
	/** The label that it has, or the new one gets. */
	label: string;
	/** Contracts that rollouts have rented which were cut off. */
	leftovers: readonly number[];
	/** Set when a change of contracts was cut off after cres.yaml had been written: with the contract of before, if it is still there. */
	cutOff: { old: number | null } | undefined;
	/** The cheapest one; undefined when that change had brought what is wanted. */
	offer: Offer | undefined;
}

export interface WantedAnew {
	buildId: string;
	/** GB */
	diskGb: number;
}

/**
 * The steps to another contract. What was cut off is cleared first; the old contract is not touched before the new one
 * is proven, and goes only when cres.yaml names the new one.
 */
export function planRecreate(before: StandingBefore, { buildId, diskGb }: WantedAnew): Step[] {
	const { contract, leftovers, cutOff, offer, works, gone, label } = before;
	const prove: Step[] = [{ kind: "reach", buildId }, { kind: "await-pollers" }, { kind: "watch" }];
	const clear: Step[] = [
		...(leftovers.length > 0 ? [{ kind: "reap", contracts: [...leftovers] } satisfies Step] : []),
		...(cutOff ? [{ kind: "finish", contract, old: cutOff.old } satisfies Step] : []),
	];
	if (!offer) return [...clear, ...prove];
	return [
		...clear,
		{ kind: "rent", gpu: gpuOf(offer), diskGb, dph: offer.dphTotal },
		{ kind: "await-container" },
		...prove,
		...(works ? [{ kind: "drain", names: [`the worker of contract ${contract}`] } satisfies Step] : []),
		{ kind: "take-over" },
		{ kind: "retire", contract: gone ? null : contract, label },
	];
}

/** `2 × RTX 4090`; null without one. */
export const gpuOf = ({ gpus, gpuName }: { gpus: number; gpuName: string | null }): string | null =>
	gpus > 0 ? `${gpus} × ${gpuName ?? "GPU"}` : null;
