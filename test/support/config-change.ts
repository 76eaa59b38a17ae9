import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { configLock } from "../../src/config/edit-file.ts";
import { withLock } from "../../src/state/lock.ts";

/** Longer than it takes to read a file, to change its text and to write it, on a busy machine too. */
const SLOW_MS = 400;

/**
 * Another process that has read cres.yaml, or .env, under its lock, and writes it a moment later. Returns once it has read it; what
 * is returned settles when it has written.
 */
export async function slowChange(file: string, edit: (text: string) => string): Promise<{ written: Promise<void> }> {
	const read = Promise.withResolvers<void>();
	const written = withLock(configLock(file), async () => {
		const text = await readFile(file, "utf8");
		read.resolve();
		await delay(SLOW_MS);
		await writeFile(file, edit(text));
	});
	await Promise.race([read.promise, written]);
	return { written };
}
