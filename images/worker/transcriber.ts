import { ApplicationFailure } from "@temporalio/common";
import { FAILURES } from "../../src/contracts/task-names.ts";
import { askPatiently, EngineError } from "../runtime/engines/ask.ts";
import { type Spoken, whisperAt } from "../runtime/engines/whisper.ts";
import { final } from "./failure.ts";
import { createMutex } from "./mutex.ts";

/** While the model is loaded whisper is asked so often and for so long, in milliseconds: an attempt would be wasted on it. */
const LOADING = { faults: ["loading"], every: 500, limit: 5 * 60_000 } as const;

export interface Transcriber {
	/**
	 * One file at a time; waits while the model is being loaded; an abort ends the request.
	 * @throws ApplicationFailure AudioRefused (final), EngineUnavailable
	 */
	transcribe(path: string, language: string | undefined, signal: AbortSignal): Promise<Spoken>;
}

/** Whisper for activities. */
export function transcriberAt(origin: string): Transcriber {
	const whisper = whisperAt(origin);
	const exclusively = createMutex();
	return {
		transcribe: (path, language, signal) =>
			exclusively(signal, () =>
				askPatiently(LOADING, signal, () => whisper.transcribe({ path, name: "audio.wav", language }, signal)),
			).catch((error: unknown) => {
				throw error instanceof EngineError ? failureOf(error) : error;
			}),
	};
}

function failureOf({ fault, message, retryAfter, cause }: EngineError): ApplicationFailure {
	if (fault === "refused") return final(FAILURES.audio, message);
	return ApplicationFailure.create({
		type: FAILURES.engine,
		message,
		...(cause instanceof Error ? { cause } : {}),
		...(retryAfter === undefined ? {} : { nextRetryDelay: retryAfter * 1_000 }),
	});
}
