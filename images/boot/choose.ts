import { readFlag } from "../runtime/variables.ts";
import type { ProgramName } from "./names.ts";
import type { Wanted } from "./programs.ts";

/** A program that this container does not run, and why. */
export interface Skipped {
	name: ProgramName;
	reason: string;
}

interface Choice {
	names: ProgramName[];
	skipped: Skipped[];
}

/** Which programs the role needs, in the order of the summary; those that are left out with the reason. @throws Error where a GPU is needed and there is none, EnvironmentError */
export function chooseNames({ environment, mode, machine }: Pick<Wanted, "environment" | "mode" | "machine">): Choice {
	const cpu: ProgramName[] = mode === "gpu" ? [] : ["worker-cpu"];
	if (mode === "cpu") return { names: ["api", ...cpu, "watchdog"], skipped: [] };
	const hasGpu = machine.gpus.length > 0 || readFlag(environment, "GPU_PRETEND");
	if (!hasGpu && readFlag(environment, "WORKER_GPU_OPTIONAL")) {
		const reason = "no GPU, and WORKER_GPU_OPTIONAL is set";
		return { names: ["api", ...cpu, "watchdog"], skipped: GPU.map((name) => ({ name, reason })) };
	}
	if (!hasGpu)
		throw new Error(
			`WORKER_MODE=${mode}: nvidia-smi shows no GPU here; WORKER_GPU_OPTIONAL=1 lets the container run without`,
		);
	const names: ProgramName[] = ["models", "llama", "whisper", "api", ...cpu, "worker-gpu", "watchdog"];
	if (!readFlag(environment, "LLAMA_DISABLE")) return { names, skipped: [] };
	return {
		names: names.filter((name) => name !== "llama"),
		skipped: [{ name: "llama", reason: "LLAMA_DISABLE is set" }],
	};
}

const GPU = ["worker-gpu", "llama", "whisper", "models"] as const;
