import type { Clock } from "../../system/clock.ts";
import type { PipedProcesses } from "../../system/piped.ts";
import type { Processes } from "../../system/processes.ts";

/** What a supervisor works with. */
export interface SupervisorPorts {
	processes: Processes;
	piped: PipedProcesses;
	clock: Clock;
	/** Milliseconds, monotonic. */
	monotonic: () => number;
	/** The environment of programs, with what a server adds; `names` are passed on as they are. */
	environment(own: Record<string, string>, names: readonly string[]): Record<string, string>;
}
