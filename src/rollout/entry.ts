import type { PlanEntry } from "../plan/entry.ts";
import type { Rollout } from "./report.ts";

const took = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** The docs/PLAN.md entry of a rollout: observed values only, and the exact command that goes back. */
export function rolloutEntry(rollout: Rollout, at: Date): PlanEntry {
	const { instance, buildId, digest, previous, failure, changedSettings: changed } = rollout;
	const verb = rollout.purpose === "rollback" ? "Roll back" : "Deploy";
	return {
		at,
		title: failure ? `${verb} ${instance} to ${buildId} failed` : `${verb} ${instance} to ${buildId}`,
		objective: `run build \`${buildId}\` (\`${digest}\`) on ${instance}, generation ${rollout.generation}.`,
		...(failure ? { rootCause: [`\`${failure.code}\`: ${failure.message}`] } : {}),
		changes: [
			previous
				? `${instance}: \`${previous.buildId}\` (\`${previous.digest}\`) → \`${buildId}\``
				: `${instance}: first release \`${buildId}\``,
			...(changed.length > 0 ? [`settings: ${changed.map((name) => `\`${name}\``).join(", ")}`] : []),
			...(failure
				? [
						previous
							? `went back to \`${previous.buildId}\`${rollout.pollers.length > 0 ? ", which polls again" : "; its polls are not verified"}`
							: "the new container was removed",
					]
				: []),
		],
		validation: [
			{
				label: `Steps (${took(rollout.durationMs)} in all)`,
				observed: rollout.steps.map(({ kind, ms }) => `${kind}: ${took(ms)}`),
			},
			...(rollout.seen.length > 0 ? [{ label: "Observed", observed: rollout.seen }] : []),
			...(rollout.pollers.length > 0
				? [
						{
							label: "Pollers observed",
							observed: rollout.pollers.map(
								(row) =>
									`\`${row.identity}\` on \`${row.queue}\` (${row.type}), last poll ${new Date(row.lastSeenMs).toISOString()}`,
							),
						},
					]
				: []),
			{ label: "Plan followed", observed: rollout.plan.map(({ title }) => title) },
		],
		rollback: rollout.undo
			? [`\`${rollout.undo}\``, `\`cres pollers\` shows the earlier build polling.`]
			: [previous ? "Nothing to undo: the release before runs." : `\`cres stop ${instance}\``],
	};
}
