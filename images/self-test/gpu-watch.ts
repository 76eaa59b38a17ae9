import { setTimeout as delay } from "node:timers/promises";
import type { SelfTestDevice, SelfTestProcess } from "../../src/contracts/self-test.ts";
import type { Gpu } from "../runtime/nvidia-smi.ts";
import type { RunProgram } from "../runtime/program.ts";
import { readDevices, readProcesses } from "./smi.ts";

/** Milliseconds between two looks, and how long one may take: nvidia-smi hangs where a driver is broken. */
const LOOK_EVERY = 500;
const LOOK_LIMIT = 10_000;

/** What was seen of the GPU while the engines worked. */
export interface GpuWatch {
	devices(): SelfTestDevice[];
	processes(): SelfTestProcess[];
	/** Looks once more, as the state after the work. */
	end(): Promise<void>;
}

/** Looks at the memory of the GPU again and again, beginning with what `before` shows. */
export function watchGpu(run: RunProgram, before: readonly Gpu[], signal: AbortSignal): GpuWatch {
	const stop = new AbortController();
	const stopped = AbortSignal.any([signal, stop.signal]);
	const processes = new Map<number, SelfTestProcess>();
	const devices = before.map(({ usedMiB, freeMiB: _free, ...device }) => ({
		...device,
		...{ beforeMiB: usedMiB, peakMiB: usedMiB, afterMiB: usedMiB },
	}));
	const look = async () => {
		const timed = AbortSignal.any([signal, AbortSignal.timeout(LOOK_LIMIT)]);
		for (const [at, { usedMiB }] of (await readDevices(run, timed)).entries()) {
			const device = devices[at];
			if (device) Object.assign(device, { afterMiB: usedMiB, peakMiB: Math.max(device.peakMiB, usedMiB) });
		}
		for (const one of await readProcesses(run, timed))
			processes.set(one.pid, { ...one, usedMiB: Math.max(one.usedMiB, processes.get(one.pid)?.usedMiB ?? 0) });
	};
	const attempt = () => within(LOOK_LIMIT, look());
	const looking = keepLooking(attempt, stopped);
	return {
		devices: () => devices,
		processes: () => [...processes.values()],
		async end() {
			stop.abort();
			await looking;
			await attempt();
		},
	};
}

async function keepLooking(attempt: () => Promise<void>, stopped: AbortSignal): Promise<void> {
	while (!stopped.aborted) {
		await attempt();
		await delay(LOOK_EVERY, undefined, { signal: stopped }).catch(() => {});
	}
}

/** A look that fails or hangs shows nothing new, and that is all. */
async function within(limit: number, work: Promise<void>): Promise<void> {
	const over = new AbortController();
	const late = delay(limit, undefined, { signal: over.signal }).catch(() => {});
	await Promise.race([work.catch(() => {}), late]);
	over.abort();
}
