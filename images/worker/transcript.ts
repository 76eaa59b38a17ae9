import { z } from "zod";
import { FAILURES } from "../../src/contracts/task-names.ts";
import type { StoredObject } from "../../src/contracts/tasks.ts";
import { final } from "./failure.ts";
import type { Store } from "./store.ts";

/** The object of a transcript; what other builds put in beside is kept. */
const transcriptSchema = z.looseObject({
	text: z.string(),
	segments: z.array(z.looseObject({ start: z.number(), end: z.number(), text: z.string() })),
	language: z.string(),
	summary: z.string(),
	keywords: z.array(z.string()),
	search_query: z.string(),
});
export type Transcript = z.infer<typeof transcriptSchema>;

/** Undefined where there is none, or something else. @throws ApplicationFailure StoreUnavailable */
export async function readTranscript(store: Store, key: string, signal: AbortSignal): Promise<Transcript | undefined> {
	const text = await store.getText(key, signal);
	if (text === undefined) return undefined;
	try {
		return transcriptSchema.safeParse(JSON.parse(text)).data;
	} catch {
		return undefined;
	}
}

/** @throws ApplicationFailure TranscriptMissing, final */
export async function mustReadTranscript(store: Store, key: string, signal: AbortSignal): Promise<Transcript> {
	const transcript = await readTranscript(store, key, signal);
	if (transcript) return transcript;
	throw final(FAILURES.transcript, `${key} is no transcript`);
}

/** Stores a transcript as JSON under `key`. */
export const writeTranscript = (
	store: Store,
	key: string,
	transcript: Transcript,
	signal: AbortSignal,
): Promise<StoredObject> => store.putText(key, JSON.stringify(transcript), "application/json", signal);
