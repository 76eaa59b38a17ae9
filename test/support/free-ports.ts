import { randomInt } from "node:crypto";
import { systemPorts } from "../../src/system/ports.ts";

/** The first of so many free ports that follow each other, below those that the system gives away. */
export async function freePorts(count: number): Promise<number> {
	for (;;) {
		const first = randomInt(15_000, 32_000 - count);
		const taken = await Promise.all(Array.from({ length: count }, (_, at) => systemPorts.taken(first + at)));
		if (taken.every((one) => one === undefined)) return first;
	}
}
