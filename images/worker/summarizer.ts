import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { askPatiently, EngineError, type Patience } from "../runtime/engines/ask.ts";
import { llamaAt } from "../runtime/engines/llama.ts";
import { parseJson } from "../runtime/http.ts";
import { modelsComing, type ModelsPlace } from "./models-coming.ts";
import { createMutex } from "./mutex.ts";

/** Longest answer, in tokens. */
const ANSWER_TOKENS = 400;
/** One answer may take this many milliseconds: a model on a CPU writes a few tokens a second. */
const ANSWER_TIMEOUT = 240_000;
/** What the server is may be asked for so many. */
const FACTS_TIMEOUT = 5_000;

const told = z.object({ summary: z.string().trim().min(10), keywords: z.array(z.string().trim().min(1)) });
export type Told = z.infer<typeof told>;

export interface SummarizerFacts {
	model: string;
	/** Tokens that one request may hold, answer included. */
	contextTokens: number;
}

/** Calls throw EngineError, and the signal's reason when aborted. */
export interface Summarizer {
	facts(signal: AbortSignal): Promise<SummarizerFacts>;
	/** Summary and keywords of a text; one request at a time. */
	summarize(text: string, signal: AbortSignal): Promise<Told>;
}

/** Milliseconds that the language model is waited for. */
export interface SummarizerPatience {
	/** While it loads its model. */
	loading: number;
	/** While nobody answers: it may be starting. Once it was waited for so long in vain, nobody waits until it answers again. */
	starting: number;
	every: number;
	/** Where its model is fetched to: it is waited for while the fetch goes on. Absent: nobody fetches one. */
	models?: ModelsPlace | undefined;
}
const PATIENCE: SummarizerPatience = { loading: 5 * 60_000, starting: 60_000, every: 500 };

/** The language model for activities. It is waited for while its model is fetched, and while it starts and loads it. */
export function summarizerAt(origin: string, patience: Partial<SummarizerPatience> = {}): Summarizer {
	const { loading, starting, every, models } = { ...PATIENCE, ...patience };
	const coming = models === undefined ? () => Promise.resolve(false) : modelsComing(models, starting);
	const llama = llamaAt(origin);
	const exclusively = createMutex();
	let absent = false;
	const whenThere = async <T>(signal: AbortSignal, question: () => Promise<T>): Promise<T> => {
		const start: Patience = { faults: ["unreachable"], every, limit: absent ? 0 : starting };
		const load: Patience = { faults: ["loading"], every, limit: loading };
		try {
			const answer = await askPatiently(load, signal, () => askPatiently(start, signal, question));
			absent = false;
			return answer;
		} catch (error) {
			const unreachable = error instanceof EngineError && error.fault === "unreachable";
			const waits = unreachable && (await coming());
			absent = unreachable && !waits;
			if (!waits) throw error;
		}
		await delay(every, undefined, { signal }).catch(() => signal.throwIfAborted());
		return whenThere(signal, question);
	};
	return {
		async facts(signal) {
			const { modelPath = "", contextTokens } = await whenThere(signal, () => llama.props(signal, FACTS_TIMEOUT));
			if (contextTokens === undefined) throw new EngineError("nonsense", "llama does not tell its context");
			return { model: modelPath.split("/").at(-1)!, contextTokens };
		},
		summarize: (text, signal) =>
			exclusively(signal, async () => {
				const { content } = await whenThere(signal, () => llama.complete(requestOf(text), signal, ANSWER_TIMEOUT));
				return toldFrom(content);
			}),
	};
}

/** Characters of text that fit into one request: three to a token, less the answer and the instructions. */
export const pieceOf = ({ contextTokens }: SummarizerFacts): number =>
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

function toldFrom(content: string): Told {
	const parsed = told.safeParse(parseJson(content));
	if (parsed.success && new Set(parsed.data.summary).size > 3) return parsed.data;
	throw new EngineError("nonsense", "llama's answer is no summary");
}
