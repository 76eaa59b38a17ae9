import { appendFile, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { MARK } from "../../../src/system/mark.ts";
import type { Processes, Program } from "../../../src/system/processes.ts";
import type { WindowsMachine } from "./machine.ts";

/** The processes of a machine, the programs that were started, and how processes were made to end. */
export function windowsProcesses(machine: WindowsMachine) {
	const { clock, processes, spawn, behave, end } = machine;
	const started: Program[] = [];
	const stops: string[] = [];
	/** By their marks, what waits to be told to end. */
	const waiting = new Map<string, () => void>();
	/** When those that were told to end do so. */
	const dying = new Map<number, number>();
	const force = (how: string, pid: number): void => {
		if (processes.has(pid)) stops.push(`${how} ${processes.get(pid)!.program}`);
		end(pid);
	};
	/** A `.cmd` runs as a cmd.exe with the program as its child. */
	const launch = (file: string): number => {
		const isShim = /\.(cmd|bat)$/i.test(file);
		const pid = spawn(isShim ? "cmd.exe" : file, process.pid);
		const name = nameOf(file);
		behave(name, isShim ? spawn(`${name}.exe`, pid) : pid);
		return pid;
	};
	const system: Processes = {
		async start(program, log) {
			started.push(program);
			const file = program.file.split("\\").at(-1)!;
			await mkdir(dirname(log), { recursive: true });
			await appendFile(log, `${file} starts\r\n`);
			const pid = launch(file);
			const { endsInMs } = machine.behaviours[nameOf(file)] ?? {};
			if (endsInMs !== undefined)
				waiting.set(program.env![MARK]!, () => {
					stops.push(`told ${file}`);
					dying.set(pid, clock.now() + endsInMs);
				});
			return pid;
		},
		async find(pid) {
			if (clock.now() >= (dying.get(pid) ?? Infinity)) end(pid);
			return processes.has(pid) ? { startedAt: processes.get(pid)!.startedAt } : undefined;
		},
		async tell(mark) {
			waiting.get(mark)?.();
			return waiting.has(mark);
		},
		ended: (pid) => machine.ends.get(pid),
		marked: async () => [],
		children: async () => [],
		bereaved: async () => [],
		ask: (pid) => force("asked", pid),
		kill: (pid) => force("killed", pid),
	};
	return { system, started, stops };
}

const nameOf = (file: string): string => file.replace(/\.\w+$/, "");
