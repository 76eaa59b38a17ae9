import type { ExitName } from "../errors/exit.ts";
import type { FailureReport } from "../errors/failure-report.ts";
import { isBad, isBug, type FleetRollout, type FleetRow } from "./fleet.ts";
import { transition } from "./render.ts";
import { renderChange } from "./settings-change.ts";

/** One line for each instance, with the settings that change, and the count. */
export function renderFleet({ instances, halted, durationMs }: FleetRollout): string {
	const done = instances.filter((row) => !isOpen(row));
	const what = done.some(({ outcome }) => outcome === "planned") ? "planned, nothing was changed" : "done";
	return [
		...instances.flatMap((row) => [`${row.instance}: ${describe(row)}`, ...changes(row)]),
		`${done.length} of ${instances.length} ${what} (${(durationMs / 1000).toFixed(1)} s)${halted ? "; halted" : ""}`,
	].join("\n");
}

const isOpen = (row: FleetRow): boolean => isBad(row) || row.outcome === "skipped";

function describe({ outcome, rollout }: FleetRow): string {
	if (!rollout) return outcome === "skipped" ? "not begun" : "failed";
	if (rollout.failure) return outcome;
	return outcome === "unchanged" ? `already runs ${rollout.buildId}` : `${transition(rollout)} (${outcome})`;
}

const changes = ({ outcome, rollout }: FleetRow): string[] =>
	outcome === "planned" || outcome === "live"
		? rollout!.settingChanges.map((change) => `  ${renderChange(change)}`)
		: [];

/** What the command ends with. */
export function fleetExit({ instances }: FleetRollout): ExitName {
	if (instances.some(isBug)) return "bug";
	return instances.some(isBad) ? "partial" : "ok";
}

/** Why each instance failed, in their order; the last hint names those for which the command is to be repeated. */
export function fleetFailures({ instances }: FleetRollout): FailureReport[] {
	const open = instances.filter(isOpen).map(({ instance }) => instance);
	const reports = instances.filter(isBad).map(({ instance, rollout, error }) => {
		const { code, message, hint } = error ?? rollout!.failure!;
		const what = error?.stack ? `bug in cres: ${error.stack}` : message;
		return { code, message: `${instance}: ${what}`, hint };
	});
	const again = `fix the problem, then run the same command for ${open.join(" ")}`;
	return reports.map(({ hint, ...report }, index) => {
		const hints = [...(hint ? [hint] : []), ...(index === reports.length - 1 ? [again] : [])];
		return { ...report, hint: hints.join("\n  → ") };
	});
}
