import { EngineError } from "../runtime/engines/ask.ts";
import type { Engine } from "../runtime/engines/engine.ts";
import { llamaAt } from "../runtime/engines/llama.ts";
import { whisperAt } from "../runtime/engines/whisper.ts";
import { NotReadyError, type Probe } from "../runtime/health.ts";

/** Whether whisper can work, and as which engine. */
export const whisperProbe =
	(base: string): Probe<Engine> =>
	async (signal) => {
		const { status, reason, engine } = await whisperAt(base).health(signal);
		if (status === "ok" && engine) return { ...engine, ...(reason ? { reason } : {}) };
		throw new NotReadyError([status, reason].filter(Boolean).join(": "), engine ?? undefined);
	};

export interface LlamaOptions {
	/** Origin of llama-server. */
	base: string;
	healthUrl: string;
	pretended: boolean;
}

/** Whether llama-server can work, and what it tells of its build and model. */
export const llamaProbe =
	({ base, healthUrl, pretended }: LlamaOptions): Probe<Engine> =>
	async (signal) => {
		const llama = llamaAt(base, healthUrl);
		await llama.health(signal);
		// One that works and does not tell what it is works all the same.
		const { modelPath, build } = await llama.props(signal).catch((error: unknown) => {
			if (error instanceof EngineError && error.fault !== "unreachable") return UNKNOWN;
			throw error;
		});
		return {
			name: "llama-server",
			...(build === undefined ? {} : { version: build }),
			...(modelPath === undefined ? {} : { model: modelPath.split("/").at(-1)! }),
			pretended,
		};
	};

const UNKNOWN = { modelPath: undefined, build: undefined };
