import { setTimeout as delay } from "node:timers/promises";
import { tmpdir } from "node:os";
import type { Log } from "../runtime/logger.ts";
import { GPU_QUERY, parseGpus, type Gpu } from "../runtime/nvidia-smi.ts";
import { whisperAt } from "../runtime/engines/whisper.ts";
import type { RunProgram } from "../runtime/program.ts";

/** nvidia-smi hangs where a driver is broken; milliseconds. */
const SMI_TIMEOUT = 10_000;
/** What an engine needs to work at all once it holds its model, in MiB. */
const LEAST_FREE = 256;
/** Milliseconds between two looks at an engine that has no model, and how long one may take. */
const LOOK_EVERY = 250;
const LOOK_TIMEOUT = 2_000;
/** Looks between two lines of the log; whisper itself needs a few until it listens. */
const LOG_EVERY = 120;
const LOG_FIRST = 20;

/** No GPU can be worked with; the message says why. */
export class GpuError extends Error {
	override readonly name = "GpuError";
}

/** The GPUs that can be worked with. @throws GpuError; the signal's reason when aborted */
export async function usableDevices(run: RunProgram, signal: AbortSignal): Promise<Gpu[]> {
	const timed = AbortSignal.any([signal, AbortSignal.timeout(SMI_TIMEOUT)]);
	const { exitCode, stdout, stderr } = await run("nvidia-smi", GPU_QUERY, { directory: tmpdir(), signal: timed }).catch(
		(error: Error) => {
			signal.throwIfAborted();
			throw new GpuError(
				timed.aborted ? `nvidia-smi did not answer in ${SMI_TIMEOUT / 1_000} s` : firstLine(error.message),
			);
		},
	);
	if (exitCode !== 0) throw new GpuError(`nvidia-smi ends with ${exitCode}: ${firstLine(stderr || stdout)}`);
	const devices = parseGpus(stdout);
	if (devices.length === 0) throw new GpuError("nvidia-smi shows no device");
	const usable = devices.filter(({ totalMiB, freeMiB }) => freeMiB >= LEAST_FREE || totalMiB + freeMiB === 0);
	if (usable.length > 0) return usable;
	const free = devices.map(({ name, freeMiB }) => `${name}: ${freeMiB} MiB`).join(", ");
	throw new GpuError(`no device has ${LEAST_FREE} MiB of memory free (${free})`);
}

const firstLine = (text: string): string => text.trim().split("\n", 1)[0]!.slice(0, 300);

/**
 * Waits until whisper has its model, loaded or being loaded; without one the queue is not polled. Returns what whisper
 * says of itself: a transcription waits for the rest. Rejects with the signal's reason.
 */
export async function whisperHasModel(origin: string, log: Log, signal: AbortSignal): Promise<string> {
	const whisper = whisperAt(origin);
	for (let look = 1; ; look++) {
		const timed = AbortSignal.any([signal, AbortSignal.timeout(LOOK_TIMEOUT)]);
		const health = await whisper.health(timed).catch((error: Error) => error);
		signal.throwIfAborted();
		const status = health instanceof Error ? undefined : health.status;
		const reason = health instanceof Error ? health.message : (health.reason ?? health.status);
		if (status === "ok" || status === "loading") return reason;
		if (look % LOG_EVERY === LOG_FIRST) {
			log("WARN", "no transcription is taken: whisper has no model", { origin, reason });
		}
		await delay(LOOK_EVERY, undefined, { signal }).catch(() => signal.throwIfAborted());
	}
}
