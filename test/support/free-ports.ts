import { randomInt } from "node:crypto";
import { systemPorts } from "../../src/system/ports.ts";

/** Files of tests that run at the same time take their ports from slices of their own. */
const [LOWEST, SLICE, SLICES] = [15_000, 2_000, 8];
const worker = Number(process.env["VITEST_POOL_ID"] ?? 1) % SLICES;

/** The first of so many free ports that follow each other, below those that the system gives away. */
export async function freePorts(count: number): Promise<number> {
	const lowest = LOWEST + worker * SLICE;
	for (;;) {
		const first = randomInt(lowest, lowest + SLICE - count);
		const taken = await Promise.all(Array.from({ length: count }, (_, at) => systemPorts.taken(first + at)));
		if (taken.every((one) => one === undefined)) return first;
	}
}

/** A port that nobody listens to now. */
export const freePort = (): Promise<number> => freePorts(1);
