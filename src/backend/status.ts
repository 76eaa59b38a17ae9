import { table, seconds } from "../system/text.ts";
import { holderText, takenPorts } from "./check-ports.ts";
import { askReport } from "./control.ts";
import { instancesOf } from "./layout.ts";
import { running, supervisorOf } from "./leftovers.ts";
import type { BackendPlace } from "./place.ts";
import type { BackendPorts } from "./ports.ts";
import type { SupervisorReport } from "./report.ts";
import { readSpec } from "./supervisor/spec.ts";

type BackendState = SupervisorReport["phase"] | "stopped" | "orphaned" | "unresponsive";

export interface BackendStatus {
	/** `orphaned`: its supervisor is gone, and some of its processes run; `unresponsive`: its supervisor says nothing. */
	state: BackendState;
	/** All of it is up and healthy. */
	healthy: boolean;
	report: SupervisorReport | null;
	/** Processes that run without their supervisor. */
	orphans: string[];
	/** Beside orphans: those that have ended, and that nobody starts again. */
	gone: string[];
	/** While it is stopped: ports of it that somebody else holds. */
	held: string[];
	directory: string;
}

/** What runs of a backend, by its own records. @throws UserError service_record_unreadable */
export async function backendStatus(
	ports: Pick<BackendPorts, "processes" | "ports">,
	place: BackendPlace,
): Promise<BackendStatus> {
	const { directory } = place;
	const common = { healthy: false, report: null, orphans: [], gone: [], held: [], directory };
	if (await supervisorOf(ports, place)) {
		const report = await askReport(place);
		if (!report) return { ...common, state: "unresponsive" };
		return { ...common, state: report.phase, healthy: isHealthy(report), report };
	}
	const orphans = await running(ports, place);
	const spec = await readSpec(place.directory);
	const all = spec ? [...instancesOf(spec.settings).map(({ name }) => name), "nginx"] : [];
	if (orphans.length > 0)
		return { ...common, state: "orphaned", orphans, gone: all.filter((name) => !orphans.includes(name)) };
	const taken = spec ? await takenPorts(ports, spec.settings) : [];
	return { ...common, state: "stopped", held: taken.map((one) => `port ${one.port}: ${holderText(one)}`) };
}

const isHealthy = (report: SupervisorReport): boolean =>
	report.phase === "up" && report.logs.reason === null && programsOf(report).every(isWell);

type OneProgram = Pick<SupervisorReport["gateway"], "name" | "fault" | "state">;

const programsOf = (report: SupervisorReport | null): OneProgram[] =>
	report ? [...report.servers, report.gateway] : [];

const isWell = ({ fault, state }: OneProgram): boolean => fault === null && state === "running";

/** What is wrong with a backend, a line each; one that is stopped has no trouble. */
export function troubleOf(status: BackendStatus): string[] {
	const { state, report } = status;
	if (state === "orphaned") return [orphanText(status)];
	if (state === "unresponsive") return ["its supervisor does not answer"];
	if (!report) return [];
	const programs = programsOf(report)
		.filter((one) => !isWell(one))
		.map(({ name, fault, state: of }) => `${name} is ${of}: ${fault ?? "it has crashed again and again"}`);
	return [...programs, ...logTrouble(report)];
}

/** Lines that were lost are told as long as the supervisor runs. */
function logTrouble({ logs: { reason, lostLines } }: SupervisorReport): string[] {
	if (reason === null && lostLines === 0) return [];
	const now = reason === null ? "the logs are written again" : `the logs cannot be written: ${reason}`;
	return [`${now}; ${lostLines} lines were lost`];
}

function orphanText({ orphans, gone }: BackendStatus): string {
	const without = `${orphans.join(", ")} ${orphans.length === 1 ? "runs" : "run"} without supervisor`;
	return gone.length === 0 ? without : `${without}; ${gone.join(", ")} ended`;
}

/** A table of processes, then what is wrong; for a terminal of 80 columns. */
export function renderStatus(status: BackendStatus): string {
	const { state, report, orphans, held } = status;
	const sick = state === "up" ? programsOf(report).find((one) => !isWell(one)) : undefined;
	const lines = [
		`the backend is ${state}${orphans.length === 0 ? "" : `: ${orphanText(status)}`}${sick ? ", but not healthy" : ""}`,
	];
	if (report) lines.push("", renderReport(report));
	if (report) lines.push(...logTrouble(report).map((line) => `\n${line}`));
	if (sick) lines.push("", `next: cres backend logs --server ${sick.name}`);
	return [...lines, ...held, ...(NEXT[state] ?? [])].join("\n");
}

const NEXT: Partial<Record<BackendState, string[]>> = {
	orphaned: ["next: cres backend start, which ends them first, or cres backend stop"],
	unresponsive: ["next: cres backend stop"],
};

/** The programs of a backend as a table. */
export function renderReport({ servers, gateway }: SupervisorReport): string {
	const rows = [...servers, { ...gateway, modules: ["gateway"] }].map((one) => [
		one.name,
		String(one.port),
		one.pid === null ? "-" : String(one.pid),
		one.state,
		one.upMs === null ? "-" : seconds(one.upMs),
		String(one.restarts),
		one.fault ?? "ok",
		one.modules.join(" "),
	]);
	return table(["NAME", "PORT", "PID", "STATE", "UP", "RESTARTS", "HEALTH", "MODULES"], rows, { drop: ["MODULES"] });
}
