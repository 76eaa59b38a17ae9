import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const LOOK_EVERY_MS = 500;

interface LockOptions {
	/** Called once, when another process holds the directory. */
	onWait: () => void;
	/** Ends the waiting. */
	signal: AbortSignal;
}

/**
 * Waits until no other process holds the directory, and holds it while `work` runs. The kernel lets go of an abstract
 * socket when its process ends, however it ends: there is no lock file to be left behind.
 * Rejects with the signal's reason when aborted while it waits.
 */
export async function withDirectoryLock<T>(
	directory: string,
	{ onWait, signal }: LockOptions,
	work: () => Promise<T>,
): Promise<T> {
	const { dev, ino } = await stat(directory);
	await using _lock = await takeLock(`\0cres-models-${dev}-${ino}`, onWait, signal);
	return await work();
}

async function takeLock(path: string, onWait: () => void, signal: AbortSignal): Promise<AsyncDisposable> {
	for (let waited = false; ; waited = true) {
		const lock = await listen(path);
		if (lock) return lock;
		if (!waited) onWait();
		await delay(LOOK_EVERY_MS, undefined, { signal });
	}
}

/** Undefined when somebody else listens there. */
async function listen(path: string): Promise<AsyncDisposable | undefined> {
	const server = createServer((socket) => socket.destroy());
	try {
		server.listen({ path });
		await once(server, "listening");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
		throw error;
	}
	server.unref();
	return server;
}
