import { Supervised } from "../../services/supervised.ts";
import { UserError, messageOf } from "../../errors/errors.ts";
import { fileSize, lastLines } from "../../system/log-file.ts";
import type { PipedProcess } from "../../system/piped.ts";
import { healthPath, instancesOf, type Instance } from "../layout.ts";
import type { InstanceReport } from "../report.ts";
import { healthFault, waitForHealth } from "./health.ts";
import { logPath, type LogFiles } from "./log-files.ts";
import { pump } from "./output.ts";
import type { SupervisorPorts } from "./ports.ts";
import { gatewayProgram, instanceProgram, markOf } from "./programs.ts";
import type { SupervisorSpec } from "./spec.ts";

const LOG_LINES = 10;
/** What the gateway gets to say that nobody answers, once no server is left. */
const ANSWERLESS_MS = 200;

/** What a program has to do that ended well, or is refused where it should listen. */
function duty(why: string | null | undefined, url: string): string {
	if (why === "exit 0") return "its command has to stay in the foreground; ";
	return why?.includes("ECONNREFUSED") === true ? `it has to listen on ${new URL(url).host}; ` : "";
}

/** One instance: its facts, its process. */
export interface Member {
	instance: Instance;
	process: Supervised;
}

/** The programs of a backend: its instances and its gateway. */
export class Fleet {
	readonly members: Member[];
	readonly gateway: Supervised;
	readonly #spec: SupervisorSpec;
	readonly #ports: SupervisorPorts;
	readonly #logs: LogFiles;
	readonly #pumps = new Set<Promise<unknown>>();
	readonly #seenHealthy = new Set<string>();
	/** Bytes of a log before the program was started. */
	readonly #logStarts = new Map<string, number>();

	constructor(spec: SupervisorSpec, ports: SupervisorPorts, logs: LogFiles) {
		this.#spec = spec;
		this.#ports = ports;
		this.#logs = logs;
		this.members = instancesOf(spec.settings).map((instance) => ({
			instance,
			process: new Supervised({
				...this.#common(instance.name),
				program: () => instanceProgram(spec, instance, ports),
			}),
		}));
		this.gateway = new Supervised({
			...this.#common("nginx"),
			stopSignal: "SIGQUIT",
			program: () => gatewayProgram(spec, ports),
		});
	}

	healthUrl({ port }: { port: number }): string {
		return `http://127.0.0.1:${port}${healthPath(this.#spec.settings)}`;
	}

	get gatewayUrl(): string {
		const { host, port } = this.#spec.settings.nginx;
		const open = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
		return `http://${open.includes(":") ? `[${open}]` : open}:${port}${healthPath(this.#spec.settings)}`;
	}

	/** Starts one instance, or does so again, and waits until it is healthy. @throws UserError */
	async bringUp({ instance, process }: Member): Promise<void> {
		await this.started(process);
		await this.untilHealthy(process, this.healthUrl(instance));
	}

	/** @throws UserError backend_server_ended, backend_server_unhealthy; with the last lines of its log */
	async untilHealthy(process: Supervised, url: string): Promise<void> {
		const { clock } = this.#ports;
		const alive = () => process.status.pid !== null;
		const fault = await waitForHealth({
			url,
			withinMs: this.#spec.settings.health_timeout * 1_000,
			clock,
			alive,
		});
		if (fault === undefined && alive()) return void this.#seenHealthy.add(process.name);
		await clock.sleep(100); // its last lines may be under way
		const end = process.status.lastEnd;
		const what = alive() ? `is not healthy: ${fault}` : `ended (${end}) before it was healthy`;
		throw new UserError(
			alive() ? "backend_server_unhealthy" : "backend_server_ended",
			`${process.name} ${what}; ${await this.#said(process.name)}`,
			{
				hint: `${duty(alive() ? fault : end, url)}read ${logPath(this.#spec.place.logs, process.name)}`,
			},
		);
	}

	/** @throws UserError service_not_started */
	async started(process: Supervised): Promise<void> {
		this.#logStarts.set(process.name, await fileSize(logPath(this.#spec.place.logs, process.name)));
		await process.start().catch((cause: unknown) => {
			throw new UserError("service_not_started", `${process.name} cannot be started: ${messageOf(cause)}`, { cause });
		});
	}

	async stop(graceMs: number): Promise<void> {
		const gateway = this.gateway.end(graceMs);
		await Promise.all(this.members.map(({ process }) => process.end(graceMs)));
		// Idle connections of callers are all that it may still wait for.
		const hurry = this.#ports.clock.sleep(ANSWERLESS_MS).then(() => this.gateway.signal("SIGTERM"));
		await Promise.race([gateway, hurry]);
		await gateway;
		await Promise.race([Promise.all(this.#pumps), this.#ports.clock.sleep(300)]);
	}

	report(isStarting: boolean): Promise<InstanceReport[]> {
		return Promise.all(
			this.members.map(async ({ instance: { server, port, modules }, process }) => {
				const fault = await this.faultOf(process, this.healthUrl({ port }), isStarting);
				return { ...process.status, server, port, modules, fault };
			}),
		);
	}

	/** Why a program is not healthy, null when it is; while it starts it is asked by who waits for it, not again. */
	async faultOf(process: Supervised, url: string, isStarting: boolean): Promise<string | null> {
		const { pid, lastEnd } = process.status;
		if (pid === null) return lastEnd === null ? "no process" : `ended (${lastEnd})`;
		if (isStarting) return this.#seenHealthy.has(process.name) ? null : "not healthy yet";
		return (await healthFault(url)) ?? null;
	}

	#common(name: string) {
		const { piped, processes, clock, monotonic } = this.#ports;
		return {
			name,
			directory: this.#spec.place.directory,
			mark: markOf(this.#spec, name),
			onStart: ({ stdout, stderr }: PipedProcess) => {
				for (const source of [stdout, stderr]) {
					const done = pump(source, name, this.#logs).finally(() => this.#pumps.delete(done));
					this.#pumps.add(done);
				}
			},
			note: (text: string) => this.#logs.note(name, text),
			...{ piped, processes, clock, monotonic },
		};
	}

	async #said(name: string): Promise<string> {
		const lines = await lastLines(logPath(this.#spec.place.logs, name), this.#logStarts.get(name) ?? 0, LOG_LINES);
		return lines.length === 0
			? "it wrote nothing"
			: `the last lines of its log:\n${lines.map((one) => `  ${one}`).join("\n")}`;
	}
}
