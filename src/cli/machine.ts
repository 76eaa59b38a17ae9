import { join } from "node:path";
import type { BackendPorts } from "../backend/ports.ts";
import type { World } from "../checks/triage-check.ts";
import { systemAnswers, type Answers } from "../system/answers.ts";
import { systemClock, type Clock } from "../system/clock.ts";
import { systemPorts, type Ports } from "../system/ports.ts";
import { systemProcesses, type Processes } from "../system/processes.ts";
import type { Progress } from "../system/progress.ts";
import { systemShell, type Shell } from "../system/shell.ts";

/** What a command has of this machine, with or without cres.yaml. */
export interface MachinePorts {
	shell: Shell;
	clock: Clock;
	processes: Processes;
	/** Who has a port. */
	ports: Ports;
	answers: Answers;
	signal: AbortSignal;
	/** What the commands of a backend work with. */
	backend(progress: Progress): BackendPorts;
	/** What static checks of triage may ask. */
	world: World;
}

/** The one place where the ports of system meet their implementations; `root` is the package's. */
export function openMachine(root: string, signal: AbortSignal): MachinePorts {
	const shell = systemShell;
	const common = { shell, clock: systemClock, processes: systemProcesses, ports: systemPorts, signal };
	const supervisor = (spec: string) => ({ file: process.execPath, args: [join(root, SUPERVISOR), spec] });
	return {
		...common,
		answers: systemAnswers,
		backend: (progress) => ({ ...common, progress, platform: process.platform, supervisor }),
		world: { shell, tool: fetchedTool },
	};
}

/** Its source here, its bundle in a build. */
const SUPERVISOR = import.meta.url.endsWith(".ts")
	? "src/cli/backend-supervisor.ts"
	: "dist/src/cli/backend-supervisor.js";

async function fetchedTool(name: string): Promise<string | undefined> {
	const [{ toolsFolder }, { findTool }] = await Promise.all([
		import("../config/tools.ts"),
		import("../tools/fetch.ts"),
	]);
	return findTool(toolsFolder(), name, process);
}
