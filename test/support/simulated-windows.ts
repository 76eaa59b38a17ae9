import { appendFile, mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { InstallPorts } from "../../src/control/install/install-ports.ts";
import type { ControlPorts } from "../../src/control/control-ports.ts";
import { MARK } from "../../src/system/mark.ts";
import type { Processes, Program } from "../../src/system/processes.ts";
import type { Shell } from "../../src/system/shell.ts";
import { virtualClock } from "./virtual-clock.ts";

interface Task {
	xml: string;
	lastResult: number;
}

interface Running {
	startedAt: string;
	program: string;
	parent: number;
}

/** What a program does once it runs: the ports that it listens on, and what it answers there. */
export interface Behaviour {
	ports?: readonly number[];
	/** Milliseconds until it listens. */
	afterMs?: number;
	/** Ends at once with this code. */
	exit?: number;
	status?: number;
	/** Waits to be told to end, and takes so many milliseconds then; others are ended. */
	endsInMs?: number;
}

/**
 * A Windows that holds state: processes with CIM's start times, ports, services, scheduled tasks, rights of files. It has no POSIX shell,
 * ends only the process that is named, and runs a `.cmd` as a cmd.exe with the program as its child.
 */
export function simulatedWindows(behaviours: Readonly<Record<string, Behaviour>>) {
	const clock = virtualClock();
	const started = clock.now();
	let nextPid = 4_000;
	const processes = new Map<number, Running>();
	const ends = new Map<number, string>();
	const listening = new Map<number, { pid: number; from: number; status: number }>();
	const services = new Map<string, { State: string; ProcessId: number }>();
	const tasks = new Map<string, Task>();
	const user = "S-1-5-21-1111-2222-3333-1001";
	/** By path, as SDDL. */
	const rights = new Map<string, string>();
	const ran: string[] = [];
	const told: Program[] = [];
	/** By their marks, what waits to be told to end. */
	const waiting = new Map<string, () => void>();
	/** How processes were made to end. */
	const stops: string[] = [];

	const spawn = (program: string, parent: number): number => {
		const pid = (nextPid += 4);
		processes.set(pid, { program, parent, startedAt: new Date(clock.now()).toISOString() });
		return pid;
	};
	const end = (pid: number): void => {
		processes.delete(pid);
		for (const [port, { pid: holder }] of listening) if (holder === pid) listening.delete(port);
	};
	const dying = new Map<number, number>();
	const forced = (how: string, pid: number): void => {
		if (processes.has(pid)) stops.push(`${how} ${processes.get(pid)!.program}`);
		end(pid);
	};
	const behave = (name: string, pid: number): void => {
		const { ports = [], afterMs = 0, exit, status = 200 } = behaviours[name] ?? {};
		for (const port of ports) listening.set(port, { pid, from: clock.now() + afterMs, status });
		if (exit === undefined) return;
		ends.set(pid, `exit ${exit}`);
		end(pid);
	};
	const holder = (port: number) => {
		const found = listening.get(port);
		return found && found.from <= clock.now() ? found : undefined;
	};

	const system: Processes = {
		async start(program, log) {
			told.push(program);
			await mkdir(dirname(log), { recursive: true });
			const base = program.file.split("\\").at(-1)!;
			await appendFile(log, `${base} starts\r\n`);
			const isShim = /\.(cmd|bat)$/i.test(base);
			const pid = spawn(isShim ? "cmd.exe" : base, process.pid);
			const name = base.replace(/\.\w+$/, "");
			behave(name, isShim ? spawn(`${name}.exe`, pid) : pid);
			const { endsInMs } = behaviours[name] ?? {};
			if (endsInMs !== undefined)
				waiting.set(program.env![MARK]!, () => {
					stops.push(`told ${base}`);
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
		ended: (pid) => ends.get(pid),
		marked: async () => [],
		children: async () => [],
		bereaved: async () => [],
		ask: (pid) => forced("asked", pid),
		kill: (pid) => forced("killed", pid),
	};

	const answer = (stdout: string, exitCode = 0, stderr = "") => ({ exitCode, stdout, stderr });
	const json = (value: unknown) => answer(`${JSON.stringify(value)}\r\n`);
	const powershell = (script: string) => {
		if (script.includes("Get-Acl")) return acl(script);
		const service = /Name=''([^']+)''/.exec(script)?.[1];
		if (service !== undefined) {
			const found = services.get(service);
			return found ? json({ ...found, StartMode: "Auto", ExitCode: 0 }) : answer("");
		}
		const port = /-LocalPort (\d+)/.exec(script)?.[1];
		if (port !== undefined) {
			const found = holder(Number(port));
			if (!found) return answer("");
			const name = processes.get(found.pid)?.program.replace(/\.exe$/, "");
			return json({ OwningProcess: found.pid, ProcessName: name });
		}
		const task = /Get-ScheduledTaskInfo -TaskName '([^']+)'/.exec(script)?.[1];
		if (task !== undefined) return json({ LastTaskResult: tasks.get(task)!.lastResult });
		return json(
			[...processes].map(([ProcessId, { parent, startedAt, program }]) => ({
				...{ ProcessId, ParentProcessId: parent, Started: startedAt, Name: program },
			})),
		);
	};
	const acl = (script: string) => {
		const strings = /@\((.*?)\); @\{/.exec(script)![1]!.matchAll(/'((?:[^'\u2018-\u201B]|(['\u2018-\u201B])\2)*)'/g);
		const paths = [...strings].map(([, text]) => text!.replaceAll(/(['\u2018-\u201B])\1/g, "$1"));
		const gone = paths.find((path) => !rights.has(path));
		if (gone !== undefined) return answer("", 1, `Get-Acl : Cannot find path '${gone}' because it does not exist.\r\n`);
		return json({ files: paths.map((path) => ({ path, sddl: rights.get(path) })), user });
	};
	const schtasks = async (args: readonly string[]) => {
		const name = args[args.indexOf("/tn") + 1]!;
		const task = tasks.get(name);
		if (args.includes("/create")) {
			const bytes = await readFile(args[args.indexOf("/xml") + 1]!);
			if (bytes[0] !== 0xff || bytes[1] !== 0xfe) return answer("", 1, "ERROR: The task XML is malformed.");
			tasks.set(name, { xml: bytes.toString("utf16le").slice(1), lastResult: 0x41303 });
			return answer("SUCCESS\r\n");
		}
		if (!task) return answer("", 1, "ERROR: The system cannot find the file specified.\r\n");
		if (args.includes("/query")) return answer(task.xml);
		if (args.includes("/delete")) tasks.delete(name);
		else {
			const [from, to] = args.includes("/disable") ? ["true", "false"] : ["false", "true"];
			task.xml = task.xml.replace(/<Settings>[\s\S]*<\/Settings>/, (settings) =>
				settings.replace(`<Enabled>${from}</Enabled>`, `<Enabled>${to}</Enabled>`),
			);
		}
		return answer("SUCCESS\r\n");
	};
	const sc = ([verb, name = ""]: readonly string[]) => {
		const found = services.get(name);
		if (!found) return answer("", 1060);
		if (verb === "start") {
			const pid = spawn(`${name}.exe`, 4);
			services.set(name, { State: "Running", ProcessId: pid });
			behave(name, pid);
		} else {
			end(found.ProcessId);
			services.set(name, { State: "Stopped", ProcessId: 0 });
		}
		return answer("");
	};
	const shell: Shell = {
		async run(file, args) {
			ran.push([file, ...args].join(" "));
			if (file === "powershell.exe") return powershell(args.at(-1)!);
			if (file === "schtasks.exe") return schtasks(args);
			if (file === "sc.exe") return sc(args);
			if (file === "whoami.exe") return answer("huihuang\\ops\r\n");
			throw Object.assign(new Error(`spawn ${file} ENOENT`), { code: "ENOENT" });
		},
	};

	const answers: ControlPorts["answers"] = {
		acceptsTcp: async (port) => holder(port) !== undefined,
		async readHttp(url) {
			const found = holder(Number(new URL(url).port));
			if (!found) throw new TypeError("fetch failed");
			return { status: found.status, body: "" };
		},
	};
	const ports: ControlPorts["ports"] = {
		taken: async (port) => (holder(port) ? { port, host: "127.0.0.1", code: "EADDRINUSE" } : undefined),
	};
	const control: Partial<ControlPorts> = { platform: "win32", processes: system, shell, answers, ports, clock };
	const install: Omit<InstallPorts, "config"> = {
		...{ platform: "win32", shell, clock, isRoot: false },
		path: "",
		node: "C:\\Program Files\\nodejs\\node.exe",
		unitFolders: { system: "", user: "" },
	};
	/** A service or program of somebody else. */
	const foreign = (name: string): number => {
		const pid = spawn(`${name}.exe`, 4);
		behave(name, pid);
		return pid;
	};
	return {
		...{ control, install, shell, user, processes, services, tasks, rights, ran, told, stops, foreign },
		elapsedMs: () => clock.now() - started,
	};
}
