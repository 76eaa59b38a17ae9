import { once } from "node:events";
import { EXIT } from "../errors/exit.ts";

let isLost = false;

/** Whether stdout takes nothing any more, as on a full disk: who prints until Ctrl-C has no reason to go on. */
export const isOutputLost = (): boolean => isLost;

/**
 * Whoever read our data has gone (`cres logs | head`): there is nothing left to do, and it is no failure. Data that
 * cannot be written is one: the command does what it has begun, and then no exit code says that all is well.
 */
export function hearStreams(): void {
	process.stdout.removeAllListeners("error"); // oclif's own throws what is not EPIPE, and goes on after that
	process.stdout.on("error", (error: NodeJS.ErrnoException) => {
		if (error.code === "EIO") return; // the terminal has gone: SIGHUP decides
		if (error.code === "EPIPE") process.exit();
		if (isLost) return;
		isLost = true;
		process.once("exit", () => (process.exitCode ||= EXIT.failed));
		void tellLost(error);
	});
	process.stderr.on("error", () => {}); // nobody listens to the talk: the work goes on
}

/** Waits until what was written is taken, the reader goes away, or `signal` aborts. */
export async function untilTaken(stream: NodeJS.WriteStream, signal: AbortSignal): Promise<void> {
	if (!stream.writableNeedDrain) return;
	const left = new AbortController();
	const waiting = { signal: left.signal };
	const taken = ["drain", "close"].map((event) => once(stream, event, waiting));
	await Promise.race([...taken, once(signal, "abort", waiting)]).catch(() => {}); // a reader that went away
	left.abort();
	await Promise.allSettled(taken);
}

async function tellLost(error: NodeJS.ErrnoException): Promise<void> {
	const { lostOutput } = await import("./lost-output.ts");
	process.stderr.write(`${await lostOutput(error)}\n`);
}
