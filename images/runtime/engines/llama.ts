import { z } from "zod";
import { type Answer, json, messageIn, parseJson } from "../http.ts";
import { ask, EngineError } from "./ask.ts";

const propsSchema = z
	.object({
		model_path: z.string(),
		build_info: z.string(),
		default_generation_settings: z.object({ n_ctx: z.int().positive() }).partial(),
	})
	.partial();

const completionSchema = z.object({
	choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
	timings: z.object({ predicted_per_second: z.number() }).optional(),
});

/** Milliseconds for what it knows at once. */
const FACTS_LIMIT = 10_000;
/** Milliseconds for an answer that it has to think about. */
const ANSWER_LIMIT = 600_000;

/** What llama-server tells of itself (GET /props). */
interface LlamaProps {
	/** Path of the model on its disk. */
	modelPath: string | undefined;
	build: string | undefined;
	/** Tokens that one request may hold, answer included. */
	contextTokens: number | undefined;
}

export interface Completion {
	content: string;
	tokensPerSecond: number | undefined;
}

/** Calls throw EngineError, and the signal's reason when aborted; `limit` is in milliseconds. */
export interface Llama {
	/** Rejects while it cannot work. */
	health(signal: AbortSignal, limit?: number): Promise<void>;
	props(signal: AbortSignal, limit?: number): Promise<LlamaProps>;
	/** One request in the form of OpenAI's chat completions. */
	complete(request: object, signal: AbortSignal, limit?: number): Promise<Completion>;
}

/** The llama-server at an origin; `healthUrl` where its health is not at /health. */
export function llamaAt(origin: string, healthUrl = new URL("/health", origin).href): Llama {
	const get = async (url: URL, signal: AbortSignal, limit = FACTS_LIMIT): Promise<unknown> =>
		contentOf(await ask("llama", url, { signal, limit }));
	return {
		health: async (signal, limit) => void (await get(new URL(healthUrl), signal, limit)),
		async props(signal, limit) {
			const props = propsSchema.safeParse(await get(new URL("/props", origin), signal, limit)).data ?? {};
			return {
				modelPath: props.model_path,
				build: props.build_info,
				contextTokens: props.default_generation_settings?.n_ctx,
			};
		},
		async complete(request, signal, limit = ANSWER_LIMIT) {
			const url = new URL("/v1/chat/completions", origin);
			const answer = contentOf(await ask("llama", url, { body: json(request), signal, limit }));
			const completion = completionSchema.safeParse(answer);
			if (!completion.success) throw new EngineError("nonsense", "llama's answer is no completion");
			const { choices, timings } = completion.data;
			return { content: choices[0]!.message.content, tokensPerSecond: timings?.predicted_per_second };
		},
	};
}

/** The body of an answer; undefined where it is no JSON. @throws EngineError for every status but 200 */
function contentOf({ status, text }: Answer): unknown {
	if (status === 200) return parseJson(text);
	const message = `llama answers ${status}: ${messageIn(text)}`;
	if (text.includes("exceed_context_size_error")) throw new EngineError("too-long", message);
	throw new EngineError(status === 503 ? "loading" : "failed", message);
}
