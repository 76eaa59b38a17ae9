import { codeOf, messageOf } from "../errors/errors.ts";
import type { LifecycleAction, LifecycleChange } from "../instances/instance.ts";
import type { PlanEntry } from "../plan/entry.ts";
import { endOf } from "./entry.ts";

/** When it was done, and by whom. */
type Stamp = Required<Pick<PlanEntry, "at" | "by">>;

interface Life extends LifecycleChange {
	instance: string;
	action: LifecycleAction;
}

const TITLE = { stop: "Stop", start: "Start", restart: "Restart" } as const;
const objectiveOf = { stop: "drain and stop the worker", start: "start the worker", restart: "restart the worker" };

/** The docs/PLAN.md entry of a stop, start or restart. */
export function lifeEntry({ instance, action, buildId, running, pollers }: Life, stamp: Stamp): PlanEntry {
	const seen = pollers.map(({ identity, queue, type }) => `\`${identity}\` on \`${queue}\` (${type})`);
	return {
		...stamp,
		title: `${TITLE[action]} ${instance}`,
		objective: `${objectiveOf[action]} of ${instance}.`,
		changes: [`${instance}: \`${buildId}\` ${running ? "runs" : "is stopped"}`],
		validation: [
			running
				? { label: "Pollers observed", observed: seen }
				: { label: "Observed", observed: ["the worker is stopped"] },
		],
		rollback: rollbackOf(instance, action),
	};
}

function rollbackOf(instance: string, action: LifecycleAction): string[] {
	if (action === "restart") return ["Nothing to undo: the same build runs."];
	return [`\`cres ${action === "stop" ? "start" : "stop"} ${instance}\``];
}

/** The same of one that failed after its first change. */
export const failedLifeEntry = (
	instance: string,
	action: LifecycleAction,
	error: unknown,
	stamp: Stamp,
): PlanEntry => ({
	...stamp,
	title: `${TITLE[action]} ${instance}${endOf({ code: codeOf(error) ?? "unknown" })}`,
	objective: `${objectiveOf[action]} of ${instance}.`,
	rootCause: [`\`${codeOf(error) ?? "unknown"}\`: ${messageOf(error)}`],
	changes: [`${instance}: ${action} was begun and not finished`],
	validation: [],
	rollback: [`\`cres status ${instance}\` shows what runs and names the next command.`],
});
