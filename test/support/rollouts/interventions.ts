import type { Execution, Instance, Observation, StepCall } from "../../../src/instances/instance.ts";
import type { Step } from "../../../src/rollout/step.ts";

/** What happens around a step, whatever the driver does in it. */
interface Intervention {
	/** `index` counts the steps of one rollout from 0. */
	at: (step: Step, index: number) => boolean;
	before?: (call: StepCall) => void | Promise<void>;
	after?: (call: StepCall) => void | Promise<void>;
}

/** What a test does to the rollouts of one control host, and what it sees of them. */
export interface Watched {
	interventions: Intervention[];
	/** Called before going back. */
	beforeRevert: (() => void | Promise<void>) | undefined;
	/** Calls at the instance in order, steps by their kind. */
	calls: string[];
	/** Steps as they came to the driver. */
	performed: Step[];
	/** Observations and executions that were not closed. */
	open: number;
}

export const watched = (): Watched => ({
	...{ interventions: [], beforeRevert: undefined, calls: [], performed: [], open: 0 },
});

export const fails =
	(error: unknown): (() => never) =>
	() => {
		throw error;
	};

/** Goes on for ever unless the command's signal ends it. */
export const untilAborted = ({ signal }: Pick<StepCall, "signal">): Promise<never> =>
	new Promise((_, reject) => {
		signal.addEventListener("abort", () => reject(signal.reason), { once: true });
		if (signal.aborted) reject(signal.reason);
	});

/** As if the process had been killed: nothing comes after it. */
export const killed = (): Promise<never> => new Promise(() => {});

/** The instance with all that is done to it; its plan has been through JSON. */
export function watch(instance: Instance, seen: Watched): Instance {
	const { roll, lease } = instance;
	const observe: Instance["roll"]["observe"] = async (look) => {
		seen.calls.push("observe");
		const observation = await roll.observe(look);
		seen.open++;
		return watchObservation(observation, seen);
	};
	return {
		...instance,
		roll: { observe },
		lease: {
			...lease,
			async take(claim) {
				seen.calls.push("take the lease");
				const held = await lease.take(claim);
				return {
					...held,
					release: () => {
						seen.calls.push("give the lease back");
						return held.release();
					},
				};
			},
		},
	};
}

function watchObservation(observation: Observation, seen: Watched): Observation {
	const called = (name: string) => void seen.calls.push(name);
	return {
		...observation,
		weigh(next, known) {
			called("plan");
			const outlook = observation.weigh(next, known);
			return { ...outlook, plan: JSON.parse(JSON.stringify(outlook.plan)) as Step[] };
		},
		unfit(next) {
			called("preflight");
			return observation.unfit(next);
		},
		assertUnchanged() {
			called("look again");
			return observation.assertUnchanged();
		},
		begin(...given) {
			called("begin");
			seen.open++;
			return watchExecution(observation.begin(...given), seen);
		},
		close() {
			seen.open--;
			observation.close();
		},
	};
}

function watchExecution(execution: Execution, seen: Watched): Execution {
	let next = 0;
	return {
		...execution,
		async perform(step, call) {
			const index = next++;
			seen.calls.push(step.kind);
			seen.performed.push(step);
			const around = seen.interventions.filter(({ at }) => at(step, index));
			for (const { before } of around) await before?.(call);
			await execution.perform(step, call);
			for (const { after } of around) await after?.(call);
		},
		async revert(report) {
			seen.calls.push("revert");
			await seen.beforeRevert?.();
			return execution.revert(report);
		},
		close() {
			seen.open--;
			execution.close();
		},
	};
}
