/** How long a program may clean up after SIGTERM, in milliseconds. */
const KILL_AFTER = 3_000;

export interface ProgramOptions {
	/** Working and home directory. */
	directory: string;
	signal: AbortSignal;
	/** Over the few variables that every program gets. */
	variables?: Readonly<Record<string, string>>;
	/** Address of the proxy on loopback that all its connections lead to; absent: it has none. A spawner heeds it. */
	proxy?: string | undefined;
	/** User and group id that it runs as; absent: the own ones. The directory must be theirs. */
	user?: number | undefined;
}

interface ProgramResult {
	/** Undefined when a signal ended it. */
	exitCode: number | undefined;
	stdout: string;
	stderr: string;
}

export type RunProgram = (file: string, args: readonly string[], options: ProgramOptions) => Promise<ProgramResult>;

/** The few variables that every program gets, and no other. */
export const environmentFor = (
	directory: string,
	variables: ProgramOptions["variables"],
): Record<string, string | undefined> => ({
	PATH: process.env["PATH"],
	HOME: directory,
	LANG: "C.UTF-8",
	...variables,
});

/**
 * Runs a program as leader of its own process group, so that an abort ends its children too, and without the
 * worker's environment, which holds the store's keys.
 * Rejects with the signal's reason when aborted, and when the program cannot be started.
 */
export const runProgram: RunProgram = async (file, args, { directory, signal, variables, user }) => {
	// Loaded by the first job: the worker polls a little sooner.
	const { execa } = await import("execa");
	signal.throwIfAborted();
	const child = execa(file, args, {
		cwd: directory,
		env: environmentFor(directory, variables),
		// Of the same user, it could read the worker's environment in /proc.
		...(user === undefined ? {} : { uid: user, gid: user }),
		extendEnv: false,
		detached: true,
		stdin: "ignore",
		reject: false,
	});
	const group = endGroupOnAbort(child.pid, signal);
	const result = await child.finally(() => group[Symbol.dispose]());
	signal.throwIfAborted();
	if (result.exitCode === undefined && result.signal === undefined) throw result;
	return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr };
};

function endGroupOnAbort(pid: number | undefined, signal: AbortSignal): Disposable {
	let timer: NodeJS.Timeout | undefined;
	const end = (): void => {
		killGroup(pid, "SIGTERM");
		timer = setTimeout(killGroup, KILL_AFTER, pid, "SIGKILL");
	};
	signal.addEventListener("abort", end);
	return {
		[Symbol.dispose]() {
			signal.removeEventListener("abort", end);
			clearTimeout(timer);
			if (signal.aborted) killGroup(pid, "SIGKILL");
		},
	};
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
	if (pid === undefined) return;
	try {
		process.kill(-pid, signal);
	} catch {
		// Nobody is left in the group.
	}
}
