import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { serve } from "../../support/web-server.ts";

const ENGINE = {
	name: "faster-whisper",
	version: "1.2.0",
	device: "cpu",
	precision: "int8",
	model: "base",
	pretended: true,
};

export const SPOKEN = "One image, one digest, one proof. The worker that polls is the worker that was built.";

/** Speaks as images/whisper does; holds what it was asked and how many at once. */
export async function fakeWhisper() {
	const state = {
		bodies: [] as string[],
		atOnce: 0,
		most: 0,
		/** Requests that their sender gave up. */
		dropped: 0,
		/** Milliseconds that an answer takes. */
		delay: 0,
		/** Answers instead of the next transcripts. */
		next: [] as { status: number; body: unknown; retryAfter?: number }[],
		text: SPOKEN,
	};
	const server = await serve(async (request, response) => {
		if (request.url === "/health") return void response.end(JSON.stringify({ status: "ok", engine: ENGINE }));
		state.most = Math.max(state.most, ++state.atOnce);
		response.on("close", () => {
			state.atOnce--;
			if (!response.writableEnded) state.dropped++;
		});
		state.bodies.push(await text(request).catch(() => ""));
		const odd = state.next.shift();
		if (odd) {
			const headers = odd.retryAfter ? { "retry-after": String(odd.retryAfter) } : {};
			return void response.writeHead(odd.status, headers).end(JSON.stringify(odd.body));
		}
		const answer = {
			task: "transcribe",
			language: "en",
			duration: 9.4,
			text: state.text,
			segments: [{ id: 0, start: 0, end: 9.4, text: state.text, avg_logprob: -0.2, no_speech_prob: 0.01 }],
			words: [{ word: "One", start: 0, end: 0.4 }],
			engine: ENGINE,
		};
		setTimeout(() => response.end(JSON.stringify(answer)), state.delay);
	});
	return { ...server, state };
}

/** Speaks as llama-server does: counts four characters as a token and refuses what does not fit its context. */
export async function fakeLlama(contextTokens = 4_096) {
	const state = {
		/** Texts that were to be summarised. */
		texts: [] as string[],
		/** Answers instead of the next summaries. */
		next: [] as { status: number; body: unknown }[],
	};
	const server = await serve(async (request, response) => {
		const reply = (status: number, body: unknown) => response.writeHead(status).end(JSON.stringify(body));
		if (request.url === "/props")
			return void reply(200, {
				default_generation_settings: { n_ctx: contextTokens },
				model_path: "/models/tiny.gguf",
			});
		const given = await userText(request);
		state.texts.push(given);
		const odd = state.next.shift();
		if (odd) return void reply(odd.status, odd.body);
		if (given.length / 4 > contextTokens)
			return void reply(400, { error: { type: "exceed_context_size_error", message: "too long" } });
		const summary = {
			summary: `A summary of ${given.length} characters.`,
			keywords: ["image", `piece${state.texts.length}`],
		};
		reply(200, chat(JSON.stringify(summary)));
	});
	return { ...server, state };
}

export const chat = (content: string) => ({ choices: [{ message: { role: "assistant", content } }] });

async function userText(request: IncomingMessage): Promise<string> {
	const { messages } = JSON.parse(await text(request)) as { messages: { role: string; content: string }[] };
	return messages.find(({ role }) => role === "user")!.content;
}
