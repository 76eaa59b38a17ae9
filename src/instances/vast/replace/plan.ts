import { z } from "zod";
import type { Step } from "../../../rollout/step.ts";
import type { NextRelease } from "../../../rollout/wanted.ts";
import type { Offer } from "../../../vast/vast.ts";
import { AWAIT_CONTAINER, common, drainStep, exclusive, proveSteps, vastStepSchema } from "../roll/plan.ts";

/** The steps to another contract that an ordinary rollout does not have. */
const ownStepSchema = z.discriminatedUnion("kind", [
	/** Destroys contracts of interrupted rollouts that never became the instance's place. */
	z.object({ kind: z.literal("reap"), ...common, exclusive, contracts: z.array(z.int()) }),
	/** Ends a change of contracts that was interrupted after cres.yaml had been written; `old` is destroyed where it is still there. */
	z.object({ kind: z.literal("finish"), ...common, exclusive, contract: z.int(), old: z.int().nullable() }),
	/** Rents another contract, from this offer or the next one. */
	z.object({
		kind: z.literal("rent"),
		...common,
		exclusive,
		gpu: z.string().nullable(),
		diskGb: z.number(),
		dph: z.number(),
	}),
	/** cres.yaml and the endpoint on record name the new contract from here on. */
	z.object({ kind: z.literal("take-over"), ...common }),
	/** Destroys the old contract, where it is still there, and gives its label to the new one. */
	z.object({ kind: z.literal("retire"), ...common, exclusive, contract: z.int().nullable(), label: z.string() }),
]);
export const replaceStepSchema = z.union([ownStepSchema, vastStepSchema]);
export type OwnStep = z.infer<typeof ownStepSchema>;
export type ReplaceStep = z.infer<typeof replaceStepSchema>;

/** What is known before another contract is rented, as far as a plan needs it. */
export interface StandingBefore {
	/** The contract that cres.yaml names. */
	contract: number;
	gone: boolean;
	/** A worker runs in it and can be told to stop. */
	works: boolean;
	/** The label that it has, or the new one gets. */
	label: string;
	/** Contracts that interrupted rollouts have rented. */
	leftovers: readonly number[];
	/** Set when a change of contracts was interrupted after cres.yaml had been written: with the contract of before, if it is still there. */
	interrupted: { old: number | null } | undefined;
	/** The cheapest one; undefined when that change had brought what is wanted. */
	offer: Offer | undefined;
	/** GB of the new contract. */
	diskGb: number;
}

/**
 * The steps to another contract. What was interrupted is cleared first; the old contract is not touched before the new one
 * is verified, and goes only when cres.yaml names the new one.
 */
export function planReplace(before: StandingBefore, next: NextRelease): Step[] {
	const { contract, offer, works, gone, label } = before;
	const prove = proveSteps(next.image.buildId);
	if (!offer) return [...clearSteps(before), ...prove];
	const change: OwnStep[] = [
		{ kind: "take-over", title: "name the new contract in cres.yaml", phase: "swap" },
		retireStep(gone ? null : contract, label),
	];
	const drain = works ? [drainStep(contract)] : [];
	return [...clearSteps(before), rentStep(offer, before.diskGb), AWAIT_CONTAINER, ...prove, ...drain, ...change];
}

function clearSteps({ leftovers, interrupted, contract }: StandingBefore): OwnStep[] {
	const steps: OwnStep[] = [];
	if (leftovers.length > 0)
		steps.push({
			kind: "reap",
			title: `destroy contract ${leftovers.join(", ")}, which an interrupted rollout has left`,
			phase: "prepare",
			exclusive: true,
			contracts: [...leftovers],
		});
	if (interrupted) {
		const destroy = interrupted.old === null ? "" : `destroy contract ${interrupted.old} and `;
		const title = `${destroy}label contract ${contract} as the instance's`;
		steps.push({ kind: "finish", title, phase: "prepare", exclusive: true, contract, old: interrupted.old });
	}
	return steps;
}

function rentStep(offer: Offer, diskGb: number): OwnStep {
	const [gpu, dph] = [gpuOf(offer), offer.dphTotal];
	const title = `rent another contract: ${gpu ?? "no GPU"}, ${diskGb} GB of disk, ${dph.toFixed(3)} USD/h`;
	return { kind: "rent", title, phase: "swap", exclusive: true, gpu, diskGb, dph };
}

function retireStep(contract: number | null, label: string): OwnStep {
	const title =
		contract === null
			? `label the new contract ${label}`
			: `destroy contract ${contract} and label the new one ${label}`;
	return { kind: "retire", title, phase: "cleanup", exclusive: true, contract, label };
}

/** `2 × RTX 4090`; null without one. */
export const gpuOf = ({ gpus, gpuName }: { gpus: number; gpuName: string | null }): string | null =>
	gpus > 0 ? `${gpus} × ${gpuName ?? "GPU"}` : null;
