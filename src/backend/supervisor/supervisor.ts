import { join } from "node:path";
import { UserError, codeOf, messageOf } from "../../errors/errors.ts";
import { writeDurably } from "../../system/durable-files.ts";
import { removeStale } from "../../system/files.ts";
import { ACCESS } from "../place.ts";
import type { SupervisorReport } from "../report.ts";
import { listenForControl } from "./control-server.ts";
import { Fleet } from "./fleet.ts";
import { LogFiles, rotateIfLarge } from "./log-files.ts";
import type { SupervisorPorts } from "./ports.ts";
import { restartInPlace } from "./rolling.ts";
import { controlFile, failureFile, type SupervisorSpec } from "./spec.ts";
import { watchSources } from "./watch.ts";

const DEFAULT_GRACE_MS = 3_000;
const ROTATE_EVERY_MS = 10_000;

/** Brings one backend up, keeps it up, and ends with it. */
export class Supervisor {
	#phase: SupervisorReport["phase"] = "starting";
	#stopping: Promise<void> | undefined;
	readonly #logs: LogFiles;
	readonly #fleet: Fleet;
	readonly #spec: SupervisorSpec;
	readonly #ports: SupervisorPorts;
	readonly #closers: (() => unknown)[] = [];
	readonly #end = Promise.withResolvers<void>();

	constructor(spec: SupervisorSpec, ports: SupervisorPorts) {
		this.#spec = spec;
		this.#ports = ports;
		const { max_size_mb, keep } = spec.settings.logs;
		this.#logs = new LogFiles({
			directory: spec.place.logs,
			size: `${max_size_mb}M`,
			keep,
			now: () => new Date(ports.clock.now()),
		});
		this.#fleet = new Fleet(spec, ports, this.#logs);
	}

	/** Resolves with the exit code when the backend has been stopped: 1 when it did not come up. */
	async run(): Promise<number> {
		await this.#listen();
		try {
			await this.#bringUp();
		} catch (error) {
			await this.#fail(error);
			return 1;
		}
		await this.#end.promise;
		return 0;
	}

	/** Stops everything; the second call waits for the first. */
	stop(graceMs = DEFAULT_GRACE_MS): Promise<void> {
		return (this.#stopping ??= this.#stop(graceMs));
	}

	async #listen(): Promise<void> {
		const { server, port } = await listenForControl(this.#spec.token, {
			"GET /status": () => this.#report(),
			"POST /stop": (query) => this.stop(graceOf(query) ?? DEFAULT_GRACE_MS),
			"POST /restart": async (query) => this.#restart(graceOf(query)),
		});
		this.#closers.push(() => server.close());
		const { nonce, token, place } = this.#spec;
		await writeDurably(controlFile(place.directory), `${JSON.stringify({ version: 1, nonce, token, port })}\n`, {
			mode: 0o600,
		});
	}

	async #bringUp(): Promise<void> {
		const { members, gateway } = this.#fleet;
		await Promise.all(members.map((member) => this.#fleet.bringUp(member)));
		if (this.#stopping) return;
		await this.#fleet.started(gateway);
		await this.#fleet.untilHealthy(gateway, this.#fleet.gatewayUrl);
		for (const { process } of members) process.keepAlive();
		gateway.keepAlive();
		if (this.#stopping) return;
		const { nginx } = this.#spec.settings;
		this.#logs.note("nginx", `[INFO] Gateway ready on port ${nginx.port}`);
		this.#phase = "up";
		await this.#watch();
		this.#rotateAccessLog();
	}

	async #fail(error: unknown): Promise<void> {
		await this.stop();
		const { nonce, place } = this.#spec;
		const code = error instanceof UserError ? error.code : (codeOf(error) ?? "service_not_started");
		const hint = error instanceof UserError ? error.hint : undefined;
		const failure = { nonce, code, message: messageOf(error), ...(hint === undefined ? {} : { hint }) };
		await writeDurably(failureFile(place.directory), `${JSON.stringify(failure)}\n`, { mode: 0o600 });
	}

	async #stop(graceMs: number): Promise<void> {
		this.#phase = "stopping";
		await this.#fleet.stop(graceMs);
		await this.#logs.close();
		await removeStale(controlFile(this.#spec.place.directory));
		for (const close of this.#closers) void close();
		this.#end.resolve();
	}

	/** Begins a restart, which `status` tells the end of; one that goes on is joined. */
	#restart(graceMs: number | undefined): object {
		if (this.#phase === "stopping") throw new Error("it is being stopped");
		if (this.#phase === "restarting") return {};
		this.#phase = "restarting";
		const failed = (error: unknown) =>
			this.#logs.note("nginx", `[ERROR] the restart failed: ${messageOf(error).split("\n")[0]}`);
		void restartInPlace(this.#fleet, this.#spec, this.#ports, graceMs)
			.catch(failed)
			.then(() => {
				if (this.#phase === "restarting") this.#phase = "up";
			});
		return {};
	}

	async #watch(): Promise<void> {
		const reloading = this.#fleet.members.filter(({ instance }) => instance.reload);
		if (reloading.length === 0) return;
		const watcher = await watchSources(this.#spec.place.root, async (path) => {
			if (this.#phase !== "up") return;
			for (const { process } of reloading) this.#logs.note(process.name, `[INFO] ${path} changed: started again`);
			await Promise.all(reloading.map(({ process }) => process.restart(DEFAULT_GRACE_MS).catch(() => {})));
		});
		this.#closers.push(() => watcher.close());
	}

	/** nginx writes it by itself: it is renamed, and nginx opens a new one. */
	#rotateAccessLog(): void {
		const { place, settings } = this.#spec;
		const { max_size_mb, keep } = settings.logs;
		const timer = setInterval(() => {
			const path = join(place.logs, ACCESS);
			void rotateIfLarge(path, max_size_mb * 1e6, keep)
				.then((rotated) => rotated && this.#fleet.gateway.signal("SIGUSR1"))
				.catch(() => {});
		}, ROTATE_EVERY_MS);
		this.#closers.push(() => clearInterval(timer));
	}

	async #report(): Promise<SupervisorReport> {
		const { host, port } = this.#spec.settings.nginx;
		const { gateway, gatewayUrl } = this.#fleet;
		const phase = this.#phase;
		const isStarting = phase === "starting";
		return {
			phase,
			pid: process.pid,
			mark: this.#spec.mark,
			servers: await this.#fleet.report(isStarting),
			gateway: { ...gateway.status, host, port, fault: await this.#fleet.faultOf(gateway, gatewayUrl, isStarting) },
			logs: this.#logs.fault,
		};
	}
}

/** Undefined: none was given. */
function graceOf(query: URLSearchParams): number | undefined {
	const given = query.get("graceMs");
	return given !== null && /^\d{1,7}$/.test(given) ? Number(given) : undefined;
}
