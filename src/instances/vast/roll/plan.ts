import { z } from "zod";
import type { Step } from "../../../rollout/step.ts";
import { PHASES } from "../../../state/phase.ts";
import type { NextRelease } from "../../../rollout/wanted.ts";
import { runSpecSchema } from "../../../state/releases.ts";
import type { Condition } from "../contract.ts";

/** What every step has. */
export const common = { title: z.string(), phase: z.enum(PHASES) };
/** See Step: the lease is looked at anew before. */
export const exclusive = z.literal(true);

/** The steps of a rollout to a Vast contract, with all that they need but the values of secrets. */
export const vastStepSchema = z.discriminatedUnion("kind", [
	/** Lets the workers finish and stops them; they can be started again. */
	z.object({ kind: z.literal("drain"), ...common, contract: z.int() }),
	/** Tells the platform what the contract shall run from the next recycle on. `image`: `registry/repository:tag`. */
	z.object({
		kind: z.literal("stage"),
		...common,
		contract: z.int(),
		image: z.string(),
		spec: runSpecSchema,
		specHash: z.string(),
	}),
	/** Destroys the container and has a new one made from what is staged. */
	z.object({ kind: z.literal("recycle"), ...common, exclusive, contract: z.int() }),
	/** Waits until the platform was seen to have made another container. */
	z.object({ kind: z.literal("await-container"), ...common }),
	/** Finds the new endpoint, takes up the new host key and looks for the build id inside. */
	z.object({ kind: z.literal("connect"), ...common, buildId: z.string() }),
	z.object({ kind: z.literal("await-pollers"), ...common }),
	z.object({ kind: z.literal("watch"), ...common }),
]);
export type VastStep = z.infer<typeof vastStepSchema>;

/** What is known of a contract, as far as a plan needs it. */
export interface Standing {
	contract: number;
	condition: Condition;
	/** A worker of ours runs in the container. */
	works: boolean;
	/** What was interrupted had told the platform the wanted image and run spec, and so went for it. */
	underWay: boolean;
}

/**
 * The steps from what is to what is wanted. What an interrupted rollout had already asked the platform for is waited for,
 * not asked again: a second recycle would cost another start.
 */
export function planRoll({ contract, condition, works, underWay }: Standing, next: NextRelease): Step[] {
	const prove = proveSteps(next.image.buildId);
	if (underWay && condition === "up") return prove;
	if (underWay && condition === "on-its-way") return [AWAIT_CONTAINER, ...prove];
	const { reference: image, spec, specHash } = next;
	const swap: VastStep[] = [
		...(works ? [drainStep(contract)] : []),
		{ kind: "stage", title: `stage ${image}`, phase: "swap", contract, image, spec, specHash },
		{ kind: "recycle", title: `recycle contract ${contract}`, phase: "swap", exclusive: true, contract },
	];
	return [...swap, AWAIT_CONTAINER, ...prove];
}

export const AWAIT_CONTAINER: VastStep = {
	kind: "await-container",
	title: "wait until the platform has made the new container",
	phase: "swap",
};

/** Lets the workers of a contract finish. */
export const drainStep = (contract: number): VastStep => ({
	kind: "drain",
	title: `drain and stop the worker of contract ${contract}`,
	phase: "swap",
	contract,
});

/** What verifies the new container: the build inside, its polls, no restart. */
export const proveSteps = (buildId: string): VastStep[] => [
	{
		kind: "connect",
		title: `find the new endpoint and build ${buildId} behind it`,
		phase: "prove",
		buildId,
	},
	{ kind: "await-pollers", title: "wait until the new build polls every expected queue", phase: "prove" },
	{ kind: "watch", title: "watch the new container for restarts", phase: "prove" },
];
