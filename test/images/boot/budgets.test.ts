import { describe, expect, it } from "vitest";
import { limitsOf } from "../../../images/boot/budgets.ts";
import { inMiB, type ProgramName } from "../../../images/boot/names.ts";

const GIB = 1024 ** 3;
const BOTH: ProgramName[] = ["models", "llama", "whisper", "api", "worker-cpu", "worker-gpu", "watchdog"];

const limits = (names: readonly ProgramName[], gibibytes: number): Record<string, number> =>
	Object.fromEntries([...limitsOf(names, gibibytes * GIB)].map(([name, bytes]) => [name, inMiB(bytes)]));

describe("limitsOf", () => {
	it("gives every program what it wants where there is enough", () => {
		expect(limits(BOTH, 26)).toEqual({
			llama: 3072,
			whisper: 4096,
			api: 1024,
			"worker-cpu": 4096,
			"worker-gpu": 4096,
		});
	});

	it("scales all down where there is less, and never gives out more than there is", () => {
		const scaled = limits(BOTH, 11);
		expect(scaled).toEqual({ llama: 2252, whisper: 2764, api: 716, "worker-cpu": 2662, "worker-gpu": 2611 });
		expect(Object.values(scaled).reduce((total, limit) => total + limit)).toBeLessThanOrEqual(11 * 1024 - 256);
	});

	it("gives exactly the least where there is no more", () => {
		expect(limits(["api", "worker-cpu", "watchdog"], 1)).toEqual({ api: 256, "worker-cpu": 512 });
	});

	it("refuses in one line what cannot fit, and names the smallest that works", () => {
		expect(() => limits(BOTH, 2)).toThrow(
			/^memory: 2048 MiB are too few, llama, whisper, api, worker-cpu, worker-gpu need 3200 MiB; the smallest that works is WORKER_MODE=cpu \(api, worker-cpu\) with 1024 MiB$/,
		);
	});
});
