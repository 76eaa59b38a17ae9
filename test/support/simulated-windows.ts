import type { InstallPorts } from "../../src/control/install/install-ports.ts";
import type { ControlPorts } from "../../src/control/control-ports.ts";
import { windowsMachine, type Behaviour, type WindowsMachine } from "./windows/machine.ts";
import { windowsProcesses } from "./windows/processes.ts";
import { windowsShell } from "./windows/programs.ts";

/**
 * A Windows that holds state: processes with CIM's start times, ports, services, scheduled tasks, rights of files. It has no POSIX shell,
 * ends only the process that is named, and runs a `.cmd` as a cmd.exe with the program as its child.
 */
export function simulatedWindows(behaviours: Readonly<Record<string, Behaviour>>) {
	const machine = windowsMachine(behaviours);
	const { clock, user, processes, services, tasks, rights } = machine;
	const { system, started: told, stops } = windowsProcesses(machine);
	const ran: string[] = [];
	const shell = windowsShell(machine, ran);
	const begun = clock.now();
	const control: Partial<ControlPorts> = {
		...{ platform: "win32", processes: system, shell, clock },
		...networkOf(machine),
	};
	const install: Omit<InstallPorts, "config"> = {
		...{ platform: "win32", shell, clock, isRoot: false },
		path: "",
		node: "C:\\Program Files\\nodejs\\node.exe",
		unitFolders: { system: "", user: "" },
	};
	return {
		...{ control, install, shell, user, processes, services, tasks, rights, ran, told, stops },
		/** A service or program of somebody else. */
		foreign: machine.serve,
		elapsedMs: () => clock.now() - begun,
	};
}

const networkOf = ({ holder }: WindowsMachine): Pick<ControlPorts, "answers" | "ports"> => ({
	answers: {
		acceptsTcp: async (port) => holder(port) !== undefined,
		async readHttp(url) {
			const found = holder(Number(new URL(url).port));
			if (!found) throw new TypeError("fetch failed");
			return { status: found.status, body: "" };
		},
	},
	ports: { taken: async (port) => (holder(port) ? { port, host: "127.0.0.1", code: "EADDRINUSE" } : undefined) },
});
