import type { SelfTestDevice, SelfTestProcess } from "../../src/contracts/self-test.ts";
import type { Spoken } from "../runtime/engines/whisper.ts";
import type { Seen } from "./check.ts";

const PRETENDED = "GPU_PRETEND is set: the CPU stands in for the GPU";

/** Whether whisper worked where role gpu wants it. */
export function judgeWhisperDevice({ engine }: Pick<Spoken, "engine">, pretend: boolean): Seen {
	const { name, version, device, precision, model, pretended } = engine;
	const observed = `${name} ${version}, ${model} ${precision} on ${device}${pretended ? " (pretended)" : ""}`;
	if (pretend) return { ok: pretended, observed, expected: PRETENDED };
	return { ok: device === "cuda" && !pretended, observed, expected: "device cuda" };
}

/** What is known of llama-server's memory on the GPU. */
interface LlamaEvidence {
	processes: readonly SelfTestProcess[];
	devices: readonly Pick<SelfTestDevice, "peakMiB" | "totalMiB">[];
	/** Size of its model; undefined: not known. */
	modelMiB: number | undefined;
}

/**
 * Whether llama's layers are on the GPU: the driver shows its process with the model's memory; where it shows no
 * processes, as in most containers, the devices together must hold at least as much as the model.
 */
export function judgeLlamaDevice({ processes, devices, modelMiB }: LlamaEvidence, pretend: boolean): Seen {
	if (pretend) return { ok: true, observed: PRETENDED };
	// Embeddings may stay in main memory.
	const least = Math.round((modelMiB ?? 0) * 0.7) || 256;
	const expected = `llama-server holds at least ${least} MiB on the GPU`;
	const own = processes.filter(({ name }) => /llama-server/.test(name));
	const ownMiB = sum(own.map(({ usedMiB }) => usedMiB));
	if (ownMiB > 0) return { ok: ownMiB >= least, observed: `llama-server holds ${ownMiB} MiB on the GPU`, expected };
	if (devices.length > 0 && devices.every(({ totalMiB }) => totalMiB === 0))
		return { ok: true, observed: "not known: the driver tells no memory of this device", expected };
	const all = sum(devices.map(({ peakMiB }) => peakMiB));
	if (processes.some(({ name, usedMiB }) => usedMiB > 0 && isName(name)))
		return { ok: false, observed: "llama-server is not among the processes on the GPU", expected };
	return { ok: all >= least, observed: `${all} MiB in use on the GPU; the driver shows no processes`, expected };
}

/** In a container the driver may show that there is a process, and `[Not Found]` or `-` for its name. */
const isName = (name: string): boolean => /^[^[-]/.test(name);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
