import type { PlanEntry } from "../plan/entry.ts";
import { codeSpan as code } from "../plan/code-span.ts";
import { leaving } from "../secrets/leaving.ts";
import type { Rollout, RolloutFailure } from "./report.ts";
import { gateText } from "./channel-gate.ts";
import { renderChange } from "./settings-change.ts";
import { took } from "./took.ts";

/** Codes of what stopped a rollout, and of one that could not go back. */
const STOPPED: readonly string[] = ["interrupted", "terminated", "hung_up"];
const REVERT_FAILED = "revert_failed";

/** Lines of a log that an entry shows, and characters of each. */
const LOG_LINES = 5;
const LOG_WIDTH = 300;

/** The failure, and the last lines of its container's log as code spans. */
const rootCauseOf = ({ logTail, log }: Rollout, failure: RolloutFailure): string[] => [
	`${code(failure.code)}: ${failure.message}`,
	...logTail.slice(-LOG_LINES).map((line) => `log: ${code(leaving(line).slice(0, LOG_WIDTH))}`),
	...(log ? [`its whole log: ${code(log)}`] : []),
];

/** The docs/PLAN.md entry of a rollout: observed values only, and the exact command that goes back. */
export function rolloutEntry(rollout: Rollout, at: Date): PlanEntry {
	const { instance, buildId, digest, failure } = rollout;
	const verb = rollout.purpose === "rollback" ? "Roll back" : "Deploy";
	return {
		...{ at, ...(rollout.by === null ? {} : { by: rollout.by }) },
		title: `${verb} ${instance} to ${buildId}${failure ? endOf(failure) : ""}`,
		objective: `run build \`${buildId}\` (\`${digest}\`) on ${instance}, generation ${rollout.generation}.`,
		...(failure ? { rootCause: rootCauseOf(rollout, failure) } : {}),
		changes: changesOf(rollout),
		validation: validationOf(rollout),
		rollback: rollbackOf(rollout),
	};
}

function changesOf(rollout: Rollout): string[] {
	const { instance, buildId, previous, failure, settingChanges, channel } = rollout;
	return [
		previous
			? `${instance}: \`${previous.buildId}\` (\`${previous.digest}\`) → \`${buildId}\``
			: `${instance}: first release \`${buildId}\``,
		...(channel ? [gateText(channel, code)] : []),
		...settingChanges.map((change) => `setting ${renderChange(change, code)}`),
		...(failure ? [stateAfter(rollout, failure)] : []),
	];
}

function validationOf({ durationMs, steps, seen, pollers, plan }: Rollout): PlanEntry["validation"] {
	const polls = pollers.map(
		({ identity, queue, type, lastSeenMs }) =>
			`\`${identity}\` on \`${queue}\` (${type}), last poll ${new Date(lastSeenMs).toISOString()}`,
	);
	return [
		{ label: `Steps (${took(durationMs)} in all)`, observed: steps.map(({ kind, ms }) => `${kind}: ${took(ms)}`) },
		...(seen.length > 0 ? [{ label: "Observed", observed: seen }] : []),
		...(polls.length > 0 ? [{ label: "Pollers observed", observed: polls }] : []),
		{ label: "Plan followed", observed: plan.map(({ title }) => title) },
	];
}

function rollbackOf({ instance, undo, previous, failure }: Rollout): string[] {
	if (undo) return [`\`${undo}\``, `\`cres pollers\` shows the earlier build polling.`];
	if (failure?.code === REVERT_FAILED)
		return [`\`cres status ${instance}\``, `\`cres ${previous ? "rollback" : "stop"} ${instance}\``];
	if (!failure) return [`\`cres stop ${instance}\``];
	return [`Nothing to undo: ${previous ? "the release before runs" : "nothing runs, as before"}.`];
}

/** What the title of an entry says of a failure. */
export const endOf = ({ code }: Pick<RolloutFailure, "code">): string =>
	STOPPED.includes(code) ? " was interrupted" : code === REVERT_FAILED ? " failed, and so did going back" : " failed";

function stateAfter({ instance, previous, pollers }: Rollout, { code }: RolloutFailure): string {
	if (code === REVERT_FAILED) return `${instance} could not be brought back`;
	if (!previous) return "the new container was removed";
	return `went back to \`${previous.buildId}\`${pollers.length > 0 ? ", which polls again" : "; its polls are not verified"}`;
}
