import { z } from "zod";
import { whisperEngineSchema } from "../../../src/contracts/tasks.ts";
import { type Answer, type Body, form, messageIn, parseJson } from "../http.ts";
import { ask, EngineError } from "./ask.ts";
import { engineSchema } from "./engine.ts";

const spokenSchema = z.object({
	language: z.string(),
	duration: z.number(),
	text: z.string(),
	segments: z.array(
		z.object({
			start: z.number(),
			end: z.number(),
			text: z.string(),
			avg_logprob: z.number().nullish(),
			no_speech_prob: z.number().nullish(),
		}),
	),
	words: z.array(z.object({ word: z.string(), start: z.number(), end: z.number() })).default([]),
	engine: whisperEngineSchema,
});
/** What was said, with its times in seconds. */
export type Spoken = z.infer<typeof spokenSchema>;

const healthSchema = z.object({
	/** `ok`, `loading`, `no-model`, `failed`. */
	status: z.string(),
	reason: z.string().nullish(),
	engine: engineSchema.nullish(),
});
type WhisperHealth = z.infer<typeof healthSchema>;

/** Milliseconds for what it knows at once. */
const HEALTH_LIMIT = 10_000;
/** Milliseconds for a file: an activity gives it an hour (images/worker/workflows/activities.ts), an abort ends it before. */
const TRANSCRIBE_LIMIT = 3_600_000;

interface Audio {
	path: string;
	/** With an ending that tells its format. */
	name: string;
	/** Absent: whisper finds out. */
	language?: string | undefined;
}

/** Calls throw EngineError, and the signal's reason when aborted. */
export interface Whisper {
	/** What it says of itself, whether it can work or not. */
	health(signal: AbortSignal, limit?: number): Promise<WhisperHealth>;
	/** One request; words have their times too. */
	transcribe(audio: Audio, signal: AbortSignal, limit?: number): Promise<Spoken>;
}

/** The process of images/whisper at an origin. */
export const whisperAt = (origin: string): Whisper => ({
	async health(signal, limit = HEALTH_LIMIT) {
		const { status, text } = await ask("whisper", new URL("/health", origin), { signal, limit });
		const health = healthSchema.safeParse(parseJson(text));
		if (health.success) return health.data;
		throw new EngineError("nonsense", `whisper answers ${status} and does not tell its state`);
	},
	async transcribe(audio, signal, limit = TRANSCRIBE_LIMIT) {
		const url = new URL("/v1/audio/transcriptions", origin);
		return spokenFrom(await ask("whisper", url, { body: formOf(audio), signal, limit }));
	},
});

const formOf = ({ path, name, language }: Audio): Body =>
	form(
		[
			["response_format", "verbose_json"],
			["timestamp_granularities[]", "segment"],
			["timestamp_granularities[]", "word"],
			...(language === undefined ? [] : [["language", language] as const]),
		],
		{ name, path },
	);

function spokenFrom(answer: Answer): Spoken {
	const { status, text, retryAfter } = answer;
	if (status !== 200)
		throw new EngineError(faultOf(answer), `whisper answers ${status}: ${messageIn(text)}`, { retryAfter });
	const spoken = spokenSchema.safeParse(parseJson(text));
	if (spoken.success) return spoken.data;
	throw new EngineError("nonsense", `whisper answers nonsense: ${z.prettifyError(spoken.error)}`);
}

/** What images/whisper says when it will serve soon. */
const soonSchema = z.object({ error: z.object({ code: z.enum(["loading", "busy"]) }) });

function faultOf({ status, text }: Answer): "loading" | "busy" | "refused" | "failed" {
	const soon = soonSchema.safeParse(parseJson(text)).data;
	if (soon) return soon.error.code;
	return status >= 400 && status < 500 && status !== 408 && status !== 429 ? "refused" : "failed";
}
