import { z } from "zod";
import { json, messageIn, parseJson, send } from "../../runtime/http.ts";
import { createMutex } from "../mutex.ts";

/** Longest answer, in tokens. */
const ANSWER_TOKENS = 400;
/** One answer may take this many milliseconds: a model on a CPU writes a few tokens a second. */
const ANSWER_TIMEOUT = 240_000;
/** What the server is may be asked for so many. */
const FACTS_TIMEOUT = 5_000;

const propsSchema = z.object({
	default_generation_settings: z.object({ n_ctx: z.int().positive() }),
	model_path: z.string().default(""),
});
const choiceSchema = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) });

const told = z.object({ summary: z.string().trim().min(10), keywords: z.array(z.string().trim().min(1)) });
export type Told = z.infer<typeof told>;

export interface LlamaFacts {
	model: string;
	/** Tokens that one request may hold, answer included. */
	contextTokens: number;
}

/** `busy`: it loads or is not there; `nonsense`: it answers, not what it was asked for; `too-long`: the text does not fit. */
export class LlamaError extends Error {
	override readonly name = "LlamaError";
	readonly kind: "busy" | "nonsense" | "too-long";
	constructor(kind: LlamaError["kind"], message: string) {
		super(message);
		this.kind = kind;
	}
}

/** Calls throw LlamaError, and the signal's reason when aborted. */
export interface Llama {
	facts(signal: AbortSignal): Promise<LlamaFacts>;
	/** Summary and keywords of a text; one request at a time. */
	summarize(text: string, signal: AbortSignal): Promise<Told>;
}

/** The llama-server at an origin. */
export function llamaAt(origin: string): Llama {
	const exclusively = createMutex();
	const ask = async (path: string, body: object | undefined, limit: number, signal: AbortSignal): Promise<unknown> => {
		const timed = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
		const { status, text } = await send(new URL(path, origin), body && json(body), timed).catch((error: unknown) => {
			signal.throwIfAborted();
			throw new LlamaError("busy", `llama at ${origin} does not answer: ${(error as Error).message}`);
		});
		if (status === 200) return parseJson(text);
		const message = `llama answers ${status}: ${messageIn(text)}`;
		if (text.includes("exceed_context_size_error")) throw new LlamaError("too-long", message);
		throw new LlamaError(status === 503 ? "busy" : "nonsense", message);
	};
	return {
		async facts(signal) {
			const props = propsSchema.safeParse(await ask("/props", undefined, FACTS_TIMEOUT, signal));
			if (!props.success) throw new LlamaError("nonsense", "llama does not tell its context");
			const { model_path: path, default_generation_settings: settings } = props.data;
			return { model: path.split("/").at(-1)!, contextTokens: settings.n_ctx };
		},
		summarize: (text, signal) =>
			exclusively(signal, async () =>
				toldFrom(await ask("/v1/chat/completions", requestOf(text), ANSWER_TIMEOUT, signal)),
			),
	};
}

/** Characters of text that fit into one request: three to a token, less the answer and the instructions. */
export const pieceOf = ({ contextTokens }: LlamaFacts): number =>
	Math.max(600, (contextTokens - ANSWER_TOKENS - 200) * 3);

const INSTRUCTIONS =
	"You summarise transcripts. Answer with a summary of two to four sentences in the language of the text, and with five to ten keywords that stand in it.";

const requestOf = (text: string) => ({
	messages: [
		{ role: "system", content: INSTRUCTIONS },
		{ role: "user", content: text },
	],
	temperature: 0.2,
	max_tokens: ANSWER_TOKENS,
	response_format: {
		type: "json_schema",
		json_schema: {
			name: "summary",
			schema: {
				type: "object",
				properties: {
					summary: { type: "string", maxLength: 800 },
					keywords: { type: "array", items: { type: "string", maxLength: 40 }, minItems: 1, maxItems: 10 },
				},
				required: ["summary", "keywords"],
			},
		},
	},
});

function toldFrom(answer: unknown): Told {
	const choice = choiceSchema.safeParse(answer);
	const parsed = told.safeParse(choice.success ? parseJson(choice.data.choices[0]!.message.content) : undefined);
	if (parsed.success && new Set(parsed.data.summary).size > 3) return parsed.data;
	throw new LlamaError("nonsense", "llama's answer is no summary");
}
