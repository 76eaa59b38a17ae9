import { table, seconds } from "../system/text.ts";
import type { BootReport, BootRow } from "./boot.ts";
import type { StatusReport } from "./status.ts";
import type { StopReport } from "./stop.ts";

/** One line for each service; what failed is told with its last lines elsewhere. */
export function renderBoot({ services, durationMs }: BootReport, columns: number): string {
	const rows = services.map(({ service, outcome, pid, at, ms, detail, exit }) => [
		service,
		outcome,
		pid === null ? "–" : String(pid),
		ms === 0 ? "–" : seconds(ms),
		at,
		exit === null || detail.includes(exit) ? detail : `${detail} (${exit})`,
	]);
	const shown = table(["SERVICE", "OUTCOME", "PID", "TOOK", "AT", "DETAIL"], rows, { columns, drop: ["PID", "AT"] });
	return `${shown}\n${summary(services)} in ${seconds(durationMs)}`;
}

function summary(services: readonly BootRow[]): string {
	const up = services.filter(({ outcome }) => outcome === "untouched" || outcome === "started").length;
	if (services.length === 1) return up === 1 ? "the service is ready" : "the service is not ready";
	return up === services.length ? `all ${up} services are ready` : `${up} of ${services.length} services are ready`;
}

/** One row a service, for a screen of so many columns. */
export const renderStatus = ({ services }: StatusReport, columns: number): string =>
	table(
		["SERVICE", "STATE", "FROM", "STARTED BY", "PID", "AT", "DETAIL"],
		services.map(({ service, state, origin, startedBy, pid, at, detail }) => [
			service,
			state,
			origin.replace("_", " "),
			startedBy ?? "–",
			pid === null ? "–" : String(pid),
			at,
			detail,
		]),
		{ columns, drop: ["PID", "FROM", "STARTED BY"] },
	);

/** One row a service, for a screen of so many columns. */
export const renderStop = ({ services }: StopReport, columns: number): string =>
	table(
		["SERVICE", "OUTCOME", "DETAIL"],
		services.map(({ service, outcome, detail }) => [service, outcome, detail]),
		{ columns },
	);

/** What failed of a boot, for the error stream. */
export const bootFailures = ({ services }: BootReport): { code: string; message: string; hint: string }[] =>
	services.flatMap(({ error }) =>
		error ? [{ code: error.code, message: error.message, hint: error.hint ?? "" }] : [],
	);
