import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { CATALOGUE, type ErrorCode } from "../errors/catalogue.ts";
import { UserError } from "../errors/errors.ts";
import { runs, type ProcessIdentity } from "../services/identity.ts";
import { putOnRecord } from "../services/record.ts";
import { writeDurably } from "../system/durable-files.ts";
import { removeFile } from "../system/files.ts";
import { lastLines } from "../system/log-file.ts";
import { MARK } from "../system/mark.ts";
import { until } from "../system/until.ts";
import { assertFree } from "./check-ports.ts";
import { commandsOf, passedEnvironment } from "./command.ts";
import { askReport, askStop, readFailure } from "./control.ts";
import { gatewayText } from "./gateway.ts";
import { SUPERVISOR, stopLeftovers, supervisorOf } from "./leftovers.ts";
import { isLost, locked } from "./locked.ts";
import { ensureGateway, findNginx, gatewayPlace, type GatewayFile } from "./nginx.ts";
import { readSettings } from "./open.ts";
import type { BackendPlace } from "./place.ts";
import type { BackendPorts } from "./ports.ts";
import type { SupervisorReport } from "./report.ts";
import type { BackendSettings } from "./settings.ts";
import { assertStartable } from "./startable.ts";
import { markOf } from "./supervisor/programs.ts";
import { failureFile, specFile, type SupervisorSpec } from "./supervisor/spec.ts";

const LOOK_EVERY_MS = 50;
/** Besides the health of servers and gateway, each of which may take health_timeout and a slow answer. */
const START_WITHIN_MS = 30_000;
const GRACE_MS = 3_000;

export interface StartOptions {
	/** Make the gateway's file again. */
	generate: boolean;
}

export interface Started {
	/** `reused`: it runs with these settings already. */
	outcome: "started" | "reused";
	gateway: GatewayFile;
	report: SupervisorReport;
}

/** What is needed before anything is started. */
export interface Prepared {
	settings: BackendSettings;
	spec: SupervisorSpec;
	gateway: GatewayFile;
}

/**
 * Brings a backend up and waits until it answers through its gateway; one that runs so already is left alone. A start
 * that fails leaves nothing running.
 * @throws UserError of settings, commands, ports, nginx, servers; backend_unsupported, backend_running_differently
 */
export async function startBackend(ports: BackendPorts, place: BackendPlace, options: StartOptions): Promise<Started> {
	await assertStartable(ports, place);
	return locked(ports, place, "start", (held) => startLocked(held, place, options));
}

/** The same for who holds the lock. */
export async function startLocked(ports: BackendPorts, place: BackendPlace, options: StartOptions): Promise<Started> {
	const prepared = await prepare(ports, place, options);
	const present = (await supervisorOf(ports, place)) ? await askReport(place) : undefined;
	if (present) return { outcome: "reused", gateway: prepared.gateway, report: assertSame(present, prepared.spec) };
	ports.signal.throwIfAborted();
	const left = await stopLeftovers(ports, place, GRACE_MS);
	if (left.length > 0) ports.progress.note(`ended first, as they ran without supervisor: ${left.join(", ")}`);
	await assertFree(ports, prepared.settings);
	ports.signal.throwIfAborted();
	const identity = await launch(ports, place, prepared).catch(async (error: unknown) => {
		await stopLeftovers(ports, place, GRACE_MS);
		throw error;
	});
	const withinMs = START_WITHIN_MS + 4_000 * prepared.settings.health_timeout;
	const report = await ports.progress.step("waiting for the servers and the gateway", (tell) =>
		untilUp(ports, place, { identity, nonce: prepared.spec.nonce, withinMs, tell }),
	);
	return { outcome: "started", gateway: prepared.gateway, report };
}

/** Reads and checks all that a start needs, and changes nothing but the gateway's file. */
export async function prepare(ports: BackendPorts, place: BackendPlace, { generate }: StartOptions): Promise<Prepared> {
	const settings = await readSettings(place);
	const commands = commandsOf(settings, place.root);
	passedEnvironment(settings, ports.environment);
	const nginx = await findNginx(ports, settings, place.root);
	const gateway = await ensureGateway(ports, { settings, place, nginx, force: generate });
	const [nonce, token] = [randomBytes(16).toString("hex"), randomBytes(32).toString("hex")];
	const made = JSON.stringify([settings, commands, gatewayText(settings, gatewayPlace(place, nginx))]);
	const mark = createHash("sha256").update(made).digest("hex").slice(0, 16);
	const spec = { version: 1 as const, nonce, token, mark, place, settings, commands, nginx: nginx.program };
	return { settings, spec, gateway };
}

function assertSame(report: SupervisorReport, { mark }: SupervisorSpec): SupervisorReport {
	const healthy = report.phase === "up" && [...report.servers, report.gateway].every(({ fault }) => fault === null);
	if (report.mark === mark && healthy) return report;
	const why = report.mark === mark ? `is ${report.phase} and not healthy` : "runs with other settings";
	throw new UserError("backend_running_differently", `the backend ${why}`, { hint: "cres backend restart" });
}

async function launch(
	{ processes, supervisor, environment }: BackendPorts,
	place: BackendPlace,
	{ spec, settings }: Prepared,
): Promise<ProcessIdentity> {
	await removeFile(failureFile(place.directory));
	await writeDurably(specFile(place.directory), `${JSON.stringify(spec)}\n`, { mode: 0o600 });
	const program = supervisor(specFile(place.directory));
	const mark = markOf(spec, SUPERVISOR);
	const env = { ...passedEnvironment(settings, environment), ...program.env, [MARK]: mark };
	const pid = await processes.start({ ...program, env }, supervisorLog(place));
	const record = { directory: place.directory, name: SUPERVISOR };
	return putOnRecord(processes, record, { pid, program: program.file, mark });
}

const supervisorLog = ({ logs }: BackendPlace): string => join(logs, `${SUPERVISOR}.log`);

interface Wait {
	identity: ProcessIdentity;
	nonce: string;
	withinMs: number;
	tell: (text: string) => void;
}

async function untilUp(ports: BackendPorts, place: BackendPlace, wait: Wait): Promise<SupervisorReport> {
	const { clock, processes, signal } = ports;
	try {
		const up = await until(clock, { everyMs: LOOK_EVERY_MS, withinMs: wait.withinMs, signal }, async () => {
			if (!(await runs(processes, wait.identity))) throw await failureOf(place, wait.nonce);
			const report = await askReport(place);
			if (report && report.phase !== "up") wait.tell(progressOf(report));
			return report?.phase === "up" ? report : undefined;
		});
		if (up) return up;
		throw new UserError("backend_server_unhealthy", `the backend is not up after ${wait.withinMs / 1000} s`);
	} catch (error) {
		if (isLost(ports)) throw error;
		if (await runs(processes, wait.identity)) await askStop(place, GRACE_MS);
		await stopLeftovers(ports, place, GRACE_MS);
		throw error;
	}
}

function progressOf({ servers }: SupervisorReport): string {
	const waiting = servers.filter(({ fault }) => fault !== null).map(({ name }) => name);
	return waiting.length === 0 ? "the gateway starts" : `not healthy yet: ${waiting.join(", ")}`;
}

async function failureOf(place: BackendPlace, nonce: string): Promise<UserError> {
	const failure = await readFailure(place, nonce);
	const log = supervisorLog(place);
	if (failure)
		return new UserError(isCode(failure.code) ? failure.code : "service_not_started", failure.message, {
			hint: failure.hint ?? `read ${log}`,
		});
	const lines = await lastLines(log, 0, 10);
	return new UserError("service_ended", `the supervisor ended; its last lines:\n${lines.join("\n")}`, {
		hint: `read ${log}`,
	});
}

const isCode = (code: string): code is ErrorCode => Object.hasOwn(CATALOGUE, code);
