import { stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { json, messageIn, parseJson, send } from "../runtime/http.ts";

/** Milliseconds until a llama-server that loads its model is asked again. */
const AGAIN = 1_000;

const completionSchema = z.object({
	choices: z.array(z.object({ message: z.object({ content: z.string().trim().min(1) }) })).min(1),
	timings: z.object({ predicted_per_second: z.number() }).optional(),
});
const propsSchema = z.object({ model_path: z.string() });

interface Completion {
	text: string;
	/** Undefined where the server does not tell. */
	tokensPerSecond: number | undefined;
}

const QUESTION = {
	messages: [{ role: "user", content: "Name three colours." }],
	temperature: 0,
	max_tokens: 32,
};

/** A short answer of llama-server; waits while it loads. Rejects when it refuses or does not answer. */
export async function askLlama(origin: string, signal: AbortSignal): Promise<Completion> {
	for (;;) {
		const { status, text } = await send(new URL("/v1/chat/completions", origin), json(QUESTION), signal);
		if (status === 200) return completionIn(text);
		if (status !== 503) throw new Error(`llama answers ${status}: ${messageIn(text)}`);
		await delay(AGAIN, undefined, { signal });
	}
}

function completionIn(text: string): Completion {
	const answer = completionSchema.safeParse(parseJson(text));
	if (!answer.success) throw new Error(`llama answers nonsense: ${text.slice(0, 200)}`);
	const { choices, timings } = answer.data;
	return { text: choices[0]!.message.content, tokensPerSecond: timings?.predicted_per_second };
}

/** Size of the model file that llama-server has loaded, in MiB; undefined where it is not to be had. */
export async function modelMiB(origin: string, signal: AbortSignal): Promise<number | undefined> {
	const { text } = await send(new URL("/props", origin), undefined, signal);
	const path = propsSchema.safeParse(parseJson(text)).data?.model_path;
	const file = path === undefined ? undefined : await stat(path).catch(() => undefined);
	return file && Math.round(file.size / 1024 ** 2);
}
