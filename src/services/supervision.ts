import type { Clock } from "../system/clock.ts";
import type { PipedProcess, PipedProcesses, PipedProgram } from "../system/piped.ts";
import type { Processes } from "../system/processes.ts";
import type { ServicePlace } from "./record.ts";

/** `crash-loop`: it has crashed again and again, whether it runs at this moment or waits for its next start. */
export type SupervisedState = "stopped" | "running" | "restarting" | "crash-loop";

export interface SupervisedOptions extends ServicePlace {
	/** Asked for right before each start. */
	program(): PipedProgram;
	/** In the program's environment; a process with this mark that outlives its parent is killed. */
	mark: string;
	/** Default SIGTERM. */
	stopSignal?: NodeJS.Signals;
	/** Told of each process as it starts, before it can say anything. */
	onStart: (process: PipedProcess) => void;
	/** One line about the program, for its log. */
	note: (text: string) => void;
	processes: Processes;
	piped: PipedProcesses;
	clock: Clock;
	/** Milliseconds, monotonic. */
	monotonic: () => number;
}

export interface SupervisedStatus {
	name: string;
	state: SupervisedState;
	pid: number | null;
	/** Since the first start. */
	restarts: number;
	/** How it ended last: `exit 1`, `SIGKILL`; null: it never did. */
	lastEnd: string | null;
	/** Milliseconds that the process has run. */
	upMs: number | null;
}
