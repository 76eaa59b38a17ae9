import type { Config } from "../config/config.ts";
import type { Starting } from "./sources/starting.ts";
import type { Store } from "../store/store.ts";
import type { Answers } from "../system/answers.ts";
import type { Clock } from "../system/clock.ts";
import type { Ports } from "../system/ports.ts";
import type { Processes } from "../system/processes.ts";
import type { Progress } from "../system/progress.ts";
import type { Shell } from "../system/shell.ts";
import type { Temporal } from "../temporal/temporal.ts";

/** The backends of this machine, by their files: what `cres backend` does. */
export interface Backends {
	status(file: string): Promise<{ runs: boolean; healthy: boolean; detail: string }>;
	/** Returns when it is healthy; one that fails leaves nothing running. `environment` is for its `pass_env`. */
	start(file: string, environment: Readonly<Record<string, string>>, how: Starting): Promise<void>;
	/** `signal` ends the wait, and it may still run then. */
	stop(file: string, signal?: AbortSignal): Promise<void>;
}

/** What the control plane of this machine is started, asked and stopped with. */
export interface ControlPorts {
	config: Config;
	shell: Shell;
	processes: Processes;
	/** Who has a port. */
	ports: Ports;
	answers: Answers;
	backend: Backends;
	clock: Clock;
	/** Of works that go on at the same time. */
	progress: Progress;
	signal: AbortSignal;
	platform: NodeJS.Platform;
	/** The file of a program on PATH, with the endings that Windows tries; undefined: it is not there. */
	findProgram: (name: string) => Promise<string | undefined>;
	/** A connection of its own each time: one that failed waits longer and longer before it tries again. */
	connectTemporal(): Promise<Temporal>;
	store(): Promise<Store>;
}
