import { UserError } from "../errors/errors.ts";
import { until } from "../system/until.ts";
import { askReport, askRestart } from "./control.ts";
import { supervisorOf } from "./leftovers.ts";
import { locked } from "./locked.ts";
import type { BackendPlace } from "./place.ts";
import type { BackendPorts } from "./ports.ts";
import type { SupervisorReport } from "./report.ts";
import { prepare, startLocked, type Prepared, type StartOptions } from "./start.ts";
import { assertStartable } from "./startable.ts";
import { stopLocked } from "./stop.ts";

const LOOK_EVERY_MS = 50;
/** For each instance, besides its grace and its health: its last requests, and the gateway's new configuration. */
const INSTANCE_WITHIN_MS = 60_000;

export interface Restarted {
	/** `in-place`: its servers, those with several instances one after the other; `whole`: by a stop and a start. */
	how: "in-place" | "whole";
	report: SupervisorReport;
}

export interface RestartOptions extends StartOptions {
	/** What each server gets to end by itself. Default: 3 s; 30 s where others answer for it meanwhile. */
	graceMs?: number | undefined;
}

const GRACE_MS = 3_000;

/**
 * Restarts the servers of a backend under its gateway: of those with several instances one after the other, so that they
 * go on answering. Where the settings have changed, or it is not up, all of it is stopped and started.
 */
export async function restartBackend(
	ports: BackendPorts,
	place: BackendPlace,
	options: RestartOptions,
): Promise<Restarted> {
	await assertStartable(ports, place);
	return locked(ports, place, "restart", (held) => restartLocked(held, place, options));
}

async function restartLocked(ports: BackendPorts, place: BackendPlace, options: RestartOptions): Promise<Restarted> {
	// A file that is wrong stops nothing.
	const prepared = await prepare(ports, place, options);
	ports.signal.throwIfAborted();
	const before = (await supervisorOf(ports, place)) ? await askReport(place) : undefined;
	if (before && mayStay(before, prepared, options))
		return { how: "in-place", report: await restartServers(ports, place, { before, prepared, ...options }) };
	await stopLocked(ports, place, options.graceMs ?? GRACE_MS);
	const { report } = await startLocked(ports, place, { generate: false });
	return { how: "whole", report };
}

const mayStay = (report: SupervisorReport, { spec, gateway }: Prepared, { generate }: RestartOptions): boolean =>
	!generate && report.mark === spec.mark && report.phase === "up" && gateway.made === null;

interface InPlace {
	before: SupervisorReport;
	prepared: Prepared;
	graceMs?: number | undefined;
}

async function restartServers(
	ports: BackendPorts,
	place: BackendPlace,
	{ before, prepared, graceMs }: InPlace,
): Promise<SupervisorReport> {
	const { clock, progress, signal } = ports;
	await askRestart(place, graceMs);
	return progress.step("restarting the servers", async (tell) => {
		const instanceMs = INSTANCE_WITHIN_MS + (graceMs ?? GRACE_MS) + prepared.settings.health_timeout * 1_000;
		const ms = before.servers.length * instanceMs;
		const up = await until(clock, { everyMs: LOOK_EVERY_MS, withinMs: ms, signal }, async () => {
			const report = await askReport(place);
			if (report?.phase === "up") return report;
			if (report)
				tell(`${report.servers.filter((one) => !sameProcess(before, one)).length} of ${report.servers.length}`);
			return undefined;
		});
		if (up) return assertRestarted(before, up);
		throw new UserError("backend_server_unhealthy", `the restart has not ended after ${ms / 1000} s`, {
			hint: "cres backend status",
		});
	});
}

const sameProcess = (before: SupervisorReport, { name, pid }: SupervisorReport["servers"][number]): boolean =>
	before.servers.some((one) => one.name === name && one.pid === pid);

function assertRestarted(before: SupervisorReport, after: SupervisorReport): SupervisorReport {
	const stayed = after.servers.filter((one) => sameProcess(before, one) || one.fault !== null);
	if (stayed.length === 0) return after;
	const [first] = stayed;
	throw new UserError(
		"backend_server_unhealthy",
		`the restart stopped at ${first!.name}: ${first!.fault ?? "it still runs as before"}; the others answer`,
		{ hint: `cres backend logs --server ${first!.name}` },
	);
}
