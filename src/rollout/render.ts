import type { FailureReport } from "../errors/failure-report.ts";
import { gateText } from "./channel-gate.ts";
import type { Rollout } from "./report.ts";
import { renderChange } from "./settings-change.ts";
import { took } from "./took.ts";

/** One screen of data: what changed, what was seen, how long each step took, and what undoes it. Empty when it failed. */
export function renderRollout(rollout: Rollout): string {
	const { instance, buildId, digest, previous } = rollout;
	switch (rollout.outcome) {
		case "unchanged":
			return `${instance} already runs ${buildId} (${digest.slice(0, 19)}) with this run spec and polls: nothing to do`;
		case "planned":
			return [
				`${instance}: ${transition(rollout)}`,
				...gateLine(rollout),
				...changes(rollout),
				...rollout.plan.map(({ title }, index) => `  ${index + 1}. ${title}`),
			].join("\n");
		case "live":
			return [
				`${instance} runs ${buildId} (${digest}), generation ${rollout.generation}; before: ${previous?.buildId ?? "nothing"}`,
				...gateLine(rollout),
				...changes(rollout),
				...rollout.seen.map((fact) => `  ${fact}`),
				...rollout.pollers.map(({ queue, type, identity }) => `  polls ${queue} (${type}) as ${identity}`),
				`  ${rollout.steps.map(({ kind, ms }) => `${kind} ${took(ms)}`).join(" · ")} · total ${took(rollout.durationMs)}`,
				...(rollout.undo ? [`undo: ${rollout.undo}`] : []),
			].join("\n");
		default:
			return "";
	}
}

/** `f46… → 3c1…`, and what the same build is deployed again for. */
export function transition({ buildId, previous, settingChanges }: Rollout): string {
	if (previous?.buildId !== buildId) return `${previous?.buildId ?? "nothing"} → ${buildId}`;
	return `${buildId} ${settingChanges.length > 0 ? "with changed settings" : "again"}`;
}

const gateLine = ({ channel }: Rollout): string[] => (channel ? [`  ${gateText(channel)}`] : []);

const changes = ({ settingChanges }: Rollout): string[] => settingChanges.map((change) => `  ${renderChange(change)}`);

/** Why it failed, what runs now, and what to do; nothing when it did not fail. @param command that does the same again */
export function rolloutFailures(rollout: Rollout, command: string): FailureReport[] {
	const { instance, buildId, previous, failure, pollers, log } = rollout;
	if (!failure) return [];
	const now = previous
		? `${previous.buildId} runs again ${pollers.length > 0 ? "and polls" : "(polls not verified)"}`
		: `${instance} runs nothing, as before`;
	const again = `fix the problem, then run: ${command}`;
	const report = {
		message: [
			`${buildId} did not go live on ${instance}: ${failure.message}`,
			...(log ? [`its log: ${log}`] : []),
			now,
		].join("\n  "),
		hint: failure.hint ? `${failure.hint}\n  → ${again}` : again,
		code: failure.code,
	};
	return [report];
}

/** The last log lines of the container, set off. */
export const renderLog = ({ logTail }: Pick<Rollout, "logTail">): string[] => logTail.map((line) => `  | ${line}`);
