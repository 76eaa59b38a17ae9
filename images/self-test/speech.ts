import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { whisperEngineSchema } from "../../src/contracts/tasks.ts";
import { form, messageIn, parseJson, send } from "../runtime/http.ts";
import type { Seen } from "./check.ts";
import { wordErrorRate } from "./word-errors.ts";

/** Eleven seconds of speech, see speech.md. */
export const CLIP = join(import.meta.dirname, "speech.ogg");
const CLIP_SECONDS = 11;
/** Two of its 22 words may be wrong: small models miss one now and then. */
const MOST_ERRORS = 0.1;
/** Milliseconds until a whisper that loads its model or has too much to do is asked again. */
const AGAIN = 1_000;

const spokenSchema = z.object({ text: z.string(), engine: whisperEngineSchema });
export type Spoken = z.infer<typeof spokenSchema>;

/** What whisper hears in the clip; waits while it is loading or busy. Rejects when it refuses or does not answer. */
export async function transcribeClip(origin: string, signal: AbortSignal): Promise<Spoken> {
	for (;;) {
		const fields = [["response_format", "verbose_json"] as const];
		const body = form(fields, { name: "speech.ogg", path: CLIP });
		const { status, text } = await send(new URL("/v1/audio/transcriptions", origin), body, signal);
		if (status === 200) return spokenIn(text);
		if (!mayPass(text)) throw new Error(`whisper answers ${status}: ${messageIn(text)}`);
		await delay(AGAIN, undefined, { signal });
	}
}

const passingSchema = z.object({ error: z.object({ code: z.enum(["loading", "busy"]) }) });

/** A whisper that lacks its model will not have one in a minute. */
const mayPass = (text: string): boolean => passingSchema.safeParse(parseJson(text)).success;

function spokenIn(text: string): Spoken {
	const spoken = spokenSchema.safeParse(parseJson(text));
	if (spoken.success) return spoken.data;
	throw new Error(`whisper answers nonsense: ${text.slice(0, 200)}`);
}

/** Compares what was heard with what is said in the clip; `ms` is how long whisper took. */
export async function judgeTranscript(heard: string, ms: number): Promise<Seen> {
	const said = (await readFile(join(import.meta.dirname, "speech.txt"), "utf8")).trim();
	const rate = wordErrorRate(said, heard);
	const speed = (CLIP_SECONDS / (ms / 1_000)).toFixed(1);
	const observed = `"${heard.trim().slice(0, 300)}", word error rate ${rate.toFixed(2)}, ${speed} x real time`;
	return rate <= MOST_ERRORS ? { ok: true, observed } : { ok: false, observed, expected: `"${said}"` };
}
