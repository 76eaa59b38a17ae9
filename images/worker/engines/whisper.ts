import { setTimeout as delay } from "node:timers/promises";
import { ApplicationFailure } from "@temporalio/common";
import { z } from "zod";
import { FAILURES } from "../../../src/contracts/task-names.ts";
import { whisperEngineSchema } from "../../../src/contracts/tasks.ts";
import { final, passing } from "../failure.ts";
import { type Answer, type Body, form, messageIn, parseJson, send } from "../../runtime/http.ts";
import { createMutex } from "../mutex.ts";

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
/** Milliseconds from one question to the next while the model is loaded, and how long that may take. */
const LOADING_EVERY = 500;
const LOADING_TIMEOUT = 5 * 60_000;

/** What was said, with its times in seconds. */
type Spoken = z.infer<typeof spokenSchema>;

export interface Whisper {
	/**
	 * One file at a time; waits while the model is being loaded; an abort ends the request.
	 * @throws ApplicationFailure AudioRefused (final), EngineUnavailable
	 */
	transcribe(path: string, language: string | undefined, signal: AbortSignal): Promise<Spoken>;
}

/** The process of images/whisper at an origin. */
export function whisperAt(origin: string): Whisper {
	const exclusively = createMutex();
	const url = new URL("/v1/audio/transcriptions", origin);
	return {
		transcribe: (path, language, signal) =>
			exclusively(signal, async () => {
				const ask = () =>
					send(url, formOf(path, language), signal).catch((error: unknown) => {
						signal.throwIfAborted();
						throw passing(FAILURES.engine, `whisper at ${origin} does not answer: ${(error as Error).message}`, error);
					});
				let answer = await ask();
				for (const end = Date.now() + LOADING_TIMEOUT; isLoading(answer) && Date.now() < end; answer = await ask())
					await delay(LOADING_EVERY, undefined, { signal });
				return spokenFrom(answer);
			}),
	};
}

const loadingSchema = z.object({ error: z.object({ code: z.literal("loading") }) });

/** The model is there and will serve soon: another attempt of the activity would be wasted on that. */
const isLoading = ({ status, text }: Answer): boolean =>
	status === 503 && loadingSchema.safeParse(parseJson(text)).success;

const formOf = (path: string, language: string | undefined): Body =>
	form(
		[
			["response_format", "verbose_json"],
			["timestamp_granularities[]", "segment"],
			["timestamp_granularities[]", "word"],
			...(language === undefined ? [] : [["language", language] as const]),
		],
		{ name: "audio.wav", path },
	);

function spokenFrom({ status, text, retryAfter }: Answer): Spoken {
	if (status === 200) {
		const spoken = spokenSchema.safeParse(parseJson(text));
		if (spoken.success) return spoken.data;
		throw passing(FAILURES.engine, `whisper answers nonsense: ${z.prettifyError(spoken.error)}`);
	}
	const message = `whisper answers ${status}: ${messageIn(text)}`;
	if (status >= 400 && status < 500 && status !== 408 && status !== 429) throw final(FAILURES.audio, message);
	const type = FAILURES.engine;
	throw ApplicationFailure.create({ type, message, ...(retryAfter && { nextRetryDelay: retryAfter * 1_000 }) });
}
