import { virtualClock } from "../virtual-clock.ts";

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

interface Running {
	startedAt: string;
	program: string;
	parent: number;
}

interface Listener {
	pid: number;
	/** Since when it answers, in milliseconds of the clock. */
	from: number;
	status: number;
}

/** Identifier of the process that starts services. */
const SERVICES = 4;

export type WindowsMachine = ReturnType<typeof windowsMachine>;

/** Processes with CIM's start times, the ports that they listen on, services, scheduled tasks and rights of files. */
export function windowsMachine(behaviours: Readonly<Record<string, Behaviour>>) {
	const clock = virtualClock();
	let nextPid = 4_000;
	const processes = new Map<number, Running>();
	/** How processes ended by themselves. */
	const ends = new Map<number, string>();
	const listening = new Map<number, Listener>();
	const spawn = (program: string, parent: number): number => {
		const pid = (nextPid += 4);
		processes.set(pid, { program, parent, startedAt: new Date(clock.now()).toISOString() });
		return pid;
	};
	const end = (pid: number): void => {
		processes.delete(pid);
		for (const [port, { pid: holder }] of listening) if (holder === pid) listening.delete(port);
	};
	/** Lets a process do what its program does. */
	const behave = (name: string, pid: number): void => {
		const { ports = [], afterMs = 0, exit, status = 200 } = behaviours[name] ?? {};
		for (const port of ports) listening.set(port, { pid, from: clock.now() + afterMs, status });
		if (exit === undefined) return;
		ends.set(pid, `exit ${exit}`);
		end(pid);
	};
	return {
		...{ clock, behaviours, processes, ends, spawn, end, behave },
		/** Starts a program that is a service, or somebody else's. */
		serve: (name: string): number => {
			const pid = spawn(`${name}.exe`, SERVICES);
			behave(name, pid);
			return pid;
		},
		/** Who answers at a port. */
		holder: (port: number): Listener | undefined => {
			const found = listening.get(port);
			return found && found.from <= clock.now() ? found : undefined;
		},
		services: new Map<string, { State: string; ProcessId: number }>(),
		tasks: new Map<string, { xml: string; lastResult: number }>(),
		user: "S-1-5-21-1111-2222-3333-1001",
		/** By path, as SDDL. */
		rights: new Map<string, string>(),
	};
}
