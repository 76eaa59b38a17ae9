/** What Linux tells of one process in `/proc/<pid>/stat`, see proc_pid_stat(5). */
export interface ProcStat {
	/** It has ended and waits for its parent to notice. */
	ended: boolean;
	/** It is about to end, and has no memory any more: its environment is empty. */
	ending: boolean;
	/** Address of its environment; 0 while it takes on another program by execve(2), and without the right to know it. */
	environment: string;
	/** Id of its process group: the pid of the process that leads it, or led it. */
	group: number;
	/** Clock ticks from the start of the system to the start of the process. */
	startTicks: string;
}

/** Reads the text of `/proc/<pid>/stat`. The program's name, the second field, may hold blanks and parentheses. */
export function parseProcStat(text: string): ProcStat {
	const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
	const [state = "", group, startTicks, bytes, environment = "0"] = [0, 2, 19, 20, 47].map((at) => fields[at]);
	if (startTicks === undefined) throw new Error(`not the text of a /proc/<pid>/stat: ${text}`);
	return { ended: "ZX".includes(state), ending: bytes === "0", environment, group: Number(group), startTicks };
}
