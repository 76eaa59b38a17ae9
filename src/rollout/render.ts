import type { Rollout } from "./report.ts";

const took = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** One screen: what changed, what was seen, how long each step took, and what undoes it. */
export function renderRollout(rollout: Rollout): string {
	const { instance, buildId, digest, previous, changedSettings: changed } = rollout;
	const settings = changed.length > 0 ? [`  settings that differ: ${changed.join(", ")}`] : [];
	switch (rollout.outcome) {
		case "unchanged":
			return `${instance} already runs ${buildId} (${digest.slice(0, 19)}) with this run spec and polls: nothing to do`;
		case "planned":
			return [
				`${instance}: ${previous?.buildId ?? "nothing"} → ${buildId}`,
				...settings,
				...rollout.plan.map(({ title }, index) => `  ${index + 1}. ${title}`),
			].join("\n");
		case "live":
			return [
				`${instance} runs ${buildId} (${digest}), generation ${rollout.generation}; before: ${previous?.buildId ?? "nothing"}`,
				...settings,
				...rollout.seen.map((fact) => `  ${fact}`),
				...rollout.pollers.map(({ queue, type, identity }) => `  polls ${queue} (${type}) as ${identity}`),
				`  ${rollout.steps.map(({ kind, ms }) => `${kind} ${took(ms)}`).join(" · ")} · total ${took(rollout.durationMs)}`,
				...(rollout.undo ? [`undo: ${rollout.undo}`] : []),
			].join("\n");
		default:
			return [
				...rollout.logTail.map((line) => `  | ${line}`),
				`${buildId} did not go live on ${instance}: ${rollout.failure!.message}`,
				...(rollout.failure!.hint ? [`  → ${rollout.failure!.hint}`] : []),
				previous
					? `${previous.buildId} runs again ${rollout.pollers.length > 0 ? "and polls" : "(polls not verified)"}`
					: `${instance} runs nothing, as before`,
				"next: correct the cause, then run the same command again",
			].join("\n");
	}
}
