import { z } from "zod";
import { NotReadyError, type Probe } from "../runtime/health.ts";

/** What an engine says it is. */
export const engineSchema = z.object({
	name: z.string(),
	version: z.string().optional(),
	device: z.string().optional(),
	precision: z.string().optional(),
	model: z.string().optional(),
	/** Why it has chosen its device. */
	reason: z.string().optional(),
	/** True: a rehearsal without a GPU; it runs on CPU. */
	pretended: z.boolean(),
});
export type Engine = z.infer<typeof engineSchema>;

const whisperHealthSchema = z.object({
	status: z.string(),
	reason: z.string().nullish(),
	engine: engineSchema.nullish(),
});

/** The whisper program's /health: 200 with its engine, or 503 with status and reason. */
export const whisperProbe =
	(base: string): Probe<Engine> =>
	async (signal) => {
		const response = await fetch(new URL("/health", base), { signal });
		const { status, reason, engine } = whisperHealthSchema.parse(await json(response));
		if (response.ok && engine) return { ...engine, ...(reason ? { reason } : {}) };
		throw new NotReadyError([status, reason].filter(Boolean).join(": "), engine ?? undefined);
	};

const llamaFaultSchema = z.object({ error: z.object({ message: z.string() }) });
const llamaPropsSchema = z.object({ model_path: z.string().optional(), build_info: z.string().optional() });

export interface LlamaOptions {
	/** Origin of llama-server. */
	base: string;
	healthUrl: string;
	pretended: boolean;
}

/** llama-server's /health, and what its /props tells of build and model. */
export const llamaProbe =
	({ base, healthUrl, pretended }: LlamaOptions): Probe<Engine> =>
	async (signal) => {
		const response = await fetch(healthUrl, { signal });
		const answer = await json(response);
		if (!response.ok) {
			const fault = llamaFaultSchema.safeParse(answer);
			throw new NotReadyError(fault.success ? fault.data.error.message : `HTTP ${response.status}`);
		}
		const props = llamaPropsSchema.safeParse(await json(await fetch(new URL("/props", base), { signal })));
		const { model_path: model, build_info: version } = props.success ? props.data : {};
		return {
			name: "llama-server",
			...(version === undefined ? {} : { version }),
			...(model === undefined ? {} : { model: model.split("/").at(-1)! }),
			pretended,
		};
	};

/** Undefined when the body is no JSON. */
async function json(response: Response): Promise<unknown> {
	const text = await response.text();
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
