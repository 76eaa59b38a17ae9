import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const LOOK_EVERY_MS = 500;

/**
 * Waits until no other process holds the directory, and holds it until disposed. The kernel lets go of an abstract
 * socket when its process ends, however it ends: there is no lock file to be left behind.
 */
export async function aloneIn(directory: string, onWait: () => void, signal: AbortSignal): Promise<AsyncDisposable> {
	const { dev, ino } = await stat(directory);
	for (let waited = false; ; waited = true) {
		const held = await listen(`\0cres-models-${dev}-${ino}`);
		if (held) return held;
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
