import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { askPatiently } from "../runtime/engines/ask.ts";
import { type Spoken, whisperAt } from "../runtime/engines/whisper.ts";
import type { Seen } from "./check.ts";
import { wordErrorRate } from "./word-errors.ts";

/** Eleven seconds of speech, see speech.md. */
export const CLIP = join(import.meta.dirname, "speech.ogg");
const CLIP_SECONDS = 11;
/** Two of its 22 words may be wrong: small models miss one now and then. */
const MOST_ERRORS = 0.1;
/** A whisper that loads its model or has too much to do is asked again after so many milliseconds. */
const SOON = { faults: ["loading", "busy"], every: 1_000 } as const;

/** What whisper hears in the clip; waits while it is loading or busy. Rejects when it refuses or does not answer. */
export function transcribeClip(origin: string, signal: AbortSignal): Promise<Spoken> {
	const whisper = whisperAt(origin);
	return askPatiently(SOON, signal, () => whisper.transcribe({ path: CLIP, name: "speech.ogg" }, signal));
}

/** Compares what was heard with what is said in the clip; `ms` is how long whisper took. */
export async function judgeTranscript(heard: string, ms: number): Promise<Seen> {
	const said = (await readFile(join(import.meta.dirname, "speech.txt"), "utf8")).trim();
	const rate = wordErrorRate(said, heard);
	const speed = (CLIP_SECONDS / (ms / 1_000)).toFixed(1);
	const observed = `"${heard.trim().slice(0, 300)}", word error rate ${rate.toFixed(2)}, ${speed} x real time`;
	return rate <= MOST_ERRORS ? { ok: true, observed } : { ok: false, observed, expected: `"${said}"` };
}
