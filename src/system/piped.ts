import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";

/** A program whose output this process reads. */
export interface PipedProgram {
	file: string;
	args: readonly string[];
	/** All of its environment. */
	env: Record<string, string>;
	cwd: string;
}

/** `code` is null when a signal ended it. */
export interface End {
	code: number | null;
	signal: NodeJS.Signals | null;
}

export interface PipedProcess {
	readonly pid: number;
	readonly stdout: Readable;
	readonly stderr: Readable;
	/** Never rejects. */
	readonly ended: Promise<End>;
}

/** Children of this process, each in a session and a process group of its own. */
export interface PipedProcesses {
	/** @throws Error when the program cannot be started */
	start(program: PipedProgram): Promise<PipedProcess>;
}

export const systemPiped: PipedProcesses = {
	async start({ file, args, env, cwd }) {
		const child = spawn(file, args, { cwd, env, detached: true, windowsHide: true, stdio: ["ignore", "pipe", "pipe"] });
		await once(child, "spawn");
		const ended = new Promise<End>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
		child.on("error", () => {}); // a signal that could not be sent: whoever sent it looks at what became of it
		return { pid: child.pid!, stdout: child.stdout, stderr: child.stderr, ended };
	},
};
