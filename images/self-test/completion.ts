import { stat } from "node:fs/promises";
import { askPatiently } from "../runtime/engines/ask.ts";
import { type Completion, llamaAt } from "../runtime/engines/llama.ts";

/** A llama-server that loads its model is asked again after so many milliseconds. */
const LOADING = { faults: ["loading"], every: 1_000 } as const;

const QUESTION = {
	messages: [{ role: "user", content: "Name three colours." }],
	temperature: 0,
	max_tokens: 32,
};

/** A short answer of llama-server; waits while it loads. Rejects when it refuses, does not answer or says nothing. */
export async function askLlama(origin: string, signal: AbortSignal): Promise<Completion> {
	const llama = llamaAt(origin);
	const completion = await askPatiently(LOADING, signal, () => llama.complete(QUESTION, signal));
	if (completion.content.trim() === "") throw new Error("llama answers with an empty text");
	return completion;
}

/** Size of the model file that llama-server has loaded, in MiB; undefined where it is not to be had. */
export async function modelMiB(origin: string, signal: AbortSignal): Promise<number | undefined> {
	const { modelPath } = await llamaAt(origin).props(signal);
	const file = modelPath === undefined ? undefined : await stat(modelPath).catch(() => undefined);
	return file && Math.round(file.size / 1024 ** 2);
}
