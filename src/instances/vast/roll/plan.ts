import type { Step } from "../../../rollout/step.ts";
import type { Condition } from "../contract.ts";

/** What is known of a contract, as far as a plan needs it. */
export interface Standing {
	contract: number;
	condition: Condition;
	/** A worker of ours runs in the container. */
	works: boolean;
	/** What was cut off had told the platform the wanted image and run spec, and so went for it. */
	underWay: boolean;
}

export interface WantedOnVast {
	/** `registry/repository:tag` */
	image: string;
	buildId: string;
}

/**
 * The steps from what is to what is wanted. What a rollout that was cut off had already asked the platform for is waited
 * for, not asked again: a second recycle would cost another start.
 */
export function planVast({ contract, condition, works, underWay }: Standing, { image, buildId }: WantedOnVast): Step[] {
	const prove: Step[] = [{ kind: "reach", buildId }, { kind: "await-pollers" }, { kind: "watch" }];
	if (underWay && condition === "up") return prove;
	if (underWay && condition === "on-its-way") return [{ kind: "await-container" }, ...prove];
	return [
		...(works ? [{ kind: "drain", names: [`the worker of contract ${contract}`] } satisfies Step] : []),
		{ kind: "stage", image },
		{ kind: "recycle", contract },
		{ kind: "await-container" },
		...prove,
	];
}
