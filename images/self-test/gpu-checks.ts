import type { SelfTestCheck, SelfTestReport } from "../../src/contracts/self-test.ts";
import type { Spoken } from "../runtime/engines/whisper.ts";
import { memoryOf, type Gpu } from "../runtime/nvidia-smi.ts";
import type { RunProgram } from "../runtime/program.ts";
import { check, type Seen } from "./check.ts";
import { askLlama, modelMiB } from "./completion.ts";
import { type GpuWatch, watchGpu } from "./gpu-watch.ts";
import { judgeLlamaDevice, judgeWhisperDevice } from "./on-gpu.ts";
import { readDevices } from "./smi.ts";
import { judgeTranscript, transcribeClip } from "./speech.ts";

/** Milliseconds. Engines work one request at a time: jobs in work are waited for. */
const LIMITS = { smi: 10_000, whisper: 70_000, llama: 60_000 } as const;

/** What the checks of the role gpu ask. */
export interface GpuPorts {
	run: RunProgram;
	/** Origins. */
	whisper: string;
	/** Undefined: LLAMA_DISABLE. */
	llama: string | undefined;
	/** A rehearsal without a GPU. */
	pretend: boolean;
	signal: AbortSignal;
	/** Milliseconds that each step may take. */
	limits?: typeof LIMITS | Record<keyof typeof LIMITS, number>;
}

type Found = Pick<SelfTestReport, "checks" | "devices" | "processes">;

/** Driver and devices, then one transcription and one completion while the GPU's memory is watched. */
export async function gpuChecks(ports: GpuPorts): Promise<Found> {
	const [driver, devices] = await driverCheck(ports);
	const watch = devices.length > 0 ? watchGpu(ports.run, devices, ports.signal) : undefined;
	const speech = await speechChecks(ports);
	const completion = await completionCheck(ports);
	await watch?.end();
	const llama = await llamaDeviceCheck(ports, completion, watch);
	return {
		checks: [driver, ...speech, completion, ...llama],
		devices: watch?.devices() ?? [],
		processes: watch?.processes() ?? [],
	};
}

async function driverCheck({ run, pretend, signal, limits = LIMITS }: GpuPorts): Promise<[SelfTestCheck, Gpu[]]> {
	let devices: Gpu[] = [];
	const look = async (timed: AbortSignal): Promise<Seen> => {
		if (pretend) return { ok: true, observed: "GPU_PRETEND is set: there is no GPU" };
		devices = await readDevices(run, timed);
		const shown = devices.map((one) => `${one.name} (${one.computeCapability}, ${memoryOf(one)})`);
		return { ok: true, observed: `driver ${devices[0]!.driver}, ${shown.join(", ")}` };
	};
	return [await check("gpu", limits.smi, look, signal), devices];
}

async function speechChecks({ whisper, pretend, signal, limits = LIMITS }: GpuPorts): Promise<SelfTestCheck[]> {
	let spoken: Spoken | undefined;
	const transcribe = async (timed: AbortSignal): Promise<Seen> => {
		const started = performance.now();
		spoken = await transcribeClip(whisper, timed);
		return judgeTranscript(spoken.text, performance.now() - started);
	};
	const transcription = await check("transcription", limits.whisper, transcribe, signal);
	const judge = async (): Promise<Seen> =>
		spoken ? judgeWhisperDevice(spoken, pretend) : { ok: false, observed: "not known without a transcription" };
	return [transcription, await check("whisper-device", limits.smi, judge, signal)];
}

async function completionCheck({ llama, signal, limits = LIMITS }: GpuPorts): Promise<SelfTestCheck> {
	const complete = async (timed: AbortSignal): Promise<Seen> => {
		if (llama === undefined) return { ok: true, observed: "LLAMA_DISABLE is set: not asked" };
		const { content, tokensPerSecond } = await askLlama(llama, timed);
		const speed = tokensPerSecond === undefined ? "" : `, ${tokensPerSecond.toFixed(1)} tokens/s`;
		return { ok: true, observed: `${JSON.stringify(content.trim().slice(0, 200))}${speed}` };
	};
	return check("completion", limits.llama, complete, signal);
}

async function llamaDeviceCheck(
	{ llama, pretend, signal, limits = LIMITS }: GpuPorts,
	completion: SelfTestCheck,
	watch: GpuWatch | undefined,
): Promise<SelfTestCheck[]> {
	if (llama === undefined) return [];
	const judge = async (timed: AbortSignal): Promise<Seen> => {
		if (!completion.ok) return { ok: false, observed: "not known without a completion" };
		const size = pretend ? undefined : await modelMiB(llama, timed);
		const seen = { processes: watch?.processes() ?? [], devices: watch?.devices() ?? [], modelMiB: size };
		return judgeLlamaDevice(seen, pretend);
	};
	return [await check("llama-device", limits.smi, judge, signal)];
}
