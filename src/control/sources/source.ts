import type { ControlPorts } from "../control-ports.ts";
import type { Health } from "../health.ts";
import type { ControlService } from "../services.ts";
import type { Starting } from "./starting.ts";

/** What runs of a service on this machine. `ours`: cres started it, and that can be shown. */
export type Running = { runs: false } | { runs: true; ours: boolean; pid?: number | undefined };

/** `was-stopped`: nothing ran; `not-ours`: something runs that cres did not start, and it was left alone. */
export type Stopped = "stopped" | "was-stopped" | "not-ours";

/** Where a service comes from: how it is started, found again and stopped. */
export interface Source {
	/** Looks for what runs, without asking for its health. */
	look(): Promise<Running>;
	/** Starts it and waits until it is ready. @throws UserError with what it said last */
	start(how: Starting): Promise<void>;
	/** Stops what cres started, and nothing else. `signal` ends the wait, and it may still run then. */
	stop(signal?: AbortSignal): Promise<Stopped>;
	/** How what this process started has ended, as `exit 3`, where that is known. */
	ended?(): string | undefined;
	/** Its log on this machine: a file, that of a container, or where it is instead. */
	log: { file: string } | { container: string } | { elsewhere: string };
}

export interface SourceOptions {
	ports: ControlPorts;
	service: ControlService;
	/** Absolute. */
	folder: string;
	/** Asks for its health; polls of before `sinceMs` count as nobody's. */
	health: (sinceMs?: number) => Promise<Health>;
}
