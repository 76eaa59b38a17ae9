import type { Step } from "../../../rollout/step.ts";

/** A container of ours on the instance, as far as a plan needs to know it. */
export interface Running {
	id: string;
	name: string;
	digest: string;
	specHash: string;
	running: boolean;
}

export interface Wanted {
	digest: string;
	specHash: string;
	/** gpu workers hold the device, so the old one must go before the new one comes. */
	order: "start-first" | "stop-first";
}

/** True when exactly the wanted container runs. Whether it is healthy is for the caller to know. */
export const isAlready = (containers: readonly Running[], wanted: Wanted): boolean =>
	containers.length === 1 && containers.every((one) => one.running && isWanted(one, wanted));

const isWanted = (one: Running, wanted: Wanted): boolean =>
	one.digest === wanted.digest && one.specHash === wanted.specHash;

/**
 * The steps from what is to what is wanted. Start-first keeps every task queue polled; stop-first frees the device.
 * Whatever else of ours is on the instance goes with the old release.
 */
export function planRollout(containers: readonly Running[], wanted: Wanted): Step[] {
	const names = containers.map(({ name }) => name);
	const drain: Step[] = containers.some(({ running }) => running)
		? [{ kind: "drain", names: containers.filter(({ running }) => running).map(({ name }) => name) }]
		: [];
	const bring: Step[] = [{ kind: "start", digest: wanted.digest }, { kind: "await-pollers" }, { kind: "watch" }];
	return [
		{ kind: "pull", digest: wanted.digest },
		...(wanted.order === "stop-first" ? [...drain, ...bring] : [...bring, ...drain]),
		...(names.length > 0 ? [{ kind: "remove", names } satisfies Step] : []),
		{ kind: "prune" },
	];
}
