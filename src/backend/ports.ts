import type { Clock } from "../system/clock.ts";
import type { Ports } from "../system/ports.ts";
import type { Processes, Program } from "../system/processes.ts";
import type { Progress } from "../system/progress.ts";
import type { Shell } from "../system/shell.ts";

/** What the commands of a backend work with. */
export interface BackendPorts {
	shell: Shell;
	processes: Processes;
	ports: Ports;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
	platform: NodeJS.Platform;
	/** The program that keeps a backend up, for the file that says which. */
	supervisor: (spec: string) => Program;
	/** Variables for `pass_env` beside those of this process. */
	environment?: Readonly<Record<string, string>>;
}
