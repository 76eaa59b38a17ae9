import { readFile, writeFile } from "node:fs/promises";
import { claimOf } from "../../src/state/claim.ts";
import type { Lock } from "../../src/state/held-lock.ts";
import { takeLock, withLock } from "../../src/state/lock.ts";
import { codeOf } from "../../src/errors/errors.ts";
import { systemClock } from "../../src/system/clock.ts";

/** What a contender's process is told to do. */
export type Order =
	| { do: "take"; path: string; ttlMs?: number; durable?: boolean }
	/** Answers `kept` when the lock that it took is still held. */
	| { do: "assert" }
	/** Adds 1 to the number in a file, `times` times, each time under the lock. */
	| { do: "count"; path: string; file: string; times: number };

let lock: Lock | undefined;

async function obey(order: Order): Promise<string> {
	switch (order.do) {
		case "take":
			lock = undefined;
			lock = await takeLock(order.path, claimOf("contend", systemClock), { clock: systemClock, ...order });
			lock.signal.addEventListener("abort", () => process.send!(`lost: ${codeOf(lock?.signal.reason)}`));
			return "won";
		case "assert":
			await lock?.assertHeld();
			return lock ? "kept" : "none";
		case "count":
			for (let time = 0; time < order.times; time++) await withLock(order.path, () => increment(order.file));
			return "counted";
	}
}

async function increment(file: string): Promise<void> {
	await writeFile(file, String(Number(await readFile(file, "utf8")) + 1));
}

process.on("message", (order: Order) => {
	void obey(order).then(
		(answer) => process.send!(answer),
		(error: unknown) => process.send!(codeOf(error) ?? String(error)),
	);
});
process.on("disconnect", () => process.exit());
