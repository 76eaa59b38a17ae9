import { join } from "node:path";
import type { BackendPorts } from "../backend/ports.ts";
import { systemClock } from "../system/clock.ts";
import { systemPorts } from "../system/ports.ts";
import { systemProcesses } from "../system/processes.ts";
import type { Progress } from "../system/progress.ts";
import { systemShell } from "../system/shell.ts";

/** What the commands of a backend work with; `root` is the package's. They need no cres.yaml. */
export const openBackend = (root: string, progress: Progress, signal: AbortSignal): BackendPorts => ({
	shell: systemShell,
	processes: systemProcesses,
	ports: systemPorts,
	clock: systemClock,
	progress,
	signal,
	supervisor: (spec) => ({ file: process.execPath, args: [join(root, PROGRAM), spec] }),
});

/** Its source here, its bundle in a build. */
const PROGRAM = import.meta.url.endsWith(".ts")
	? "src/cli/backend-supervisor.ts"
	: "dist/src/cli/backend-supervisor.js";
