import type { Clock } from "../../src/system/clock.ts";
import type { Processes } from "../../src/system/processes.ts";

/** Processes by pid with their start; `deaf` ones survive whatever is sent to them. */
export function fakeProcesses(running: Map<number, string | undefined>, deaf: readonly number[] = []) {
	const sent: string[] = [];
	const end = (how: string) => (pid: number) => {
		sent.push(`${how} ${pid}`);
		if (!deaf.includes(pid)) running.delete(pid);
	};
	const processes: Processes = {
		start: () => Promise.reject(new Error("nothing is started here")),
		find: async (pid) => (running.has(pid) ? { startedAt: running.get(pid) } : undefined),
		marked: async () => [],
		bereaved: async () => [],
		children: async () => [],
		ask: end("ask"),
		kill: end("kill"),
	};
	return { processes, sent };
}

/** A clock that a sleep sets forward at once. */
export function fakeClock(): Clock {
	let now = 0;
	return {
		now: () => now,
		sleep: async (ms) => void (now += ms),
	};
}
