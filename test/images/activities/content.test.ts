import { createServer, type RequestListener } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createContentActivities } from "../../../images/worker/activities/content.ts";
import { summarizerAt } from "../../../images/worker/summarizer.ts";
import { attempt, failureOf } from "./attempt.ts";
import { serve } from "../../support/web-server.ts";
import { chat, fakeLlama, SPOKEN } from "./engines.ts";
import { memoryStore } from "./memory-store.ts";

const KEY = "queries/q/transcripts/a_1.json";
const UNAVAILABLE = "http://127.0.0.1:1";

function setUp(text: string, origin: string | undefined) {
	const store = memoryStore();
	const transcript = { text, segments: [], words: [], language: "en", summary: "", keywords: [], search_query: "q" };
	store.objects.set(KEY, Buffer.from(JSON.stringify({ ...transcript, engines: { whisper: { name: "w" } } })));
	const llama = origin === undefined ? undefined : summarizerAt(origin, { loading: 5_000, starting: 50, every: 10 });
	const { summarize_content } = createContentActivities({ store, llama, pretended: true, worker: "gpu@a/b-89abcdef" });
	const stored = () => JSON.parse(store.objects.get(KEY)!.toString());
	return { store, stored, summarize: () => summarize_content({ transcriptKey: KEY }) };
}

describe("summarize_content", () => {
	it("asks the language model and writes summary and keywords into the transcript", async () => {
		await using llama = await fakeLlama();
		const { summarize, stored } = setUp(SPOKEN, llama.origin);
		expect(await attempt(summarize)).toMatchObject({
			summary: `A summary of ${SPOKEN.length} characters.`,
			keywords: ["image", "piece1"],
			pieces: 1,
			engine: { name: "llama-server", model: "tiny.gguf", contextTokens: 4096, pretended: true },
			fallback: null,
		});
		expect(stored()).toMatchObject({
			text: SPOKEN,
			keywords: ["image", "piece1"],
			engines: { whisper: { name: "w" } },
		});
	});

	it("summarises 200,000 characters in pieces that fit the context, and goes on where an attempt before stopped", async () => {
		await using llama = await fakeLlama();
		const { summarize } = setUp(`${"Nothing is lost here. ".repeat(9_090)}`, llama.origin);
		const beats: { done?: { parts: unknown[] } }[] = [];
		const result = await attempt(summarize, { beats });
		expect(result.pieces).toBeGreaterThan(15);
		expect(llama.state.texts.every((text) => text.length / 4 <= 4_096)).toBe(true);
		expect(JSON.stringify(result).length).toBeLessThan(5_000);
		const before = llama.state.texts.length;
		const half = beats.find(({ done }) => done?.parts.length === result.pieces - 2);
		await attempt(summarize, { number: 2, heartbeatDetails: half });
		expect(llama.state.texts.length - before).toBeLessThanOrEqual(4);
	});

	it("F75: halves a piece that turns out to be too long", async () => {
		await using llama = await fakeLlama(700);
		const { summarize } = setUp(SPOKEN.repeat(60), llama.origin);
		llama.state.next.push({ status: 400, body: { error: { type: "exceed_context_size_error", message: "too long" } } });
		expect(await attempt(summarize)).toMatchObject({ fallback: null });
	});

	it("asks again after nonsense, and then falls back and says so", async () => {
		await using llama = await fakeLlama();
		const { summarize, stored } = setUp(SPOKEN, llama.origin);
		llama.state.next.push({ status: 200, body: chat('{"summary":"aaaaaaaaaaaaaa","keywords":["a"]}') });
		expect((await attempt(summarize)).fallback).toBeNull();
		llama.state.next.push(
			{ status: 200, body: chat("{") },
			{ status: 500, body: { error: { message: "peg-native" } } },
		);
		expect(await attempt(summarize)).toMatchObject({
			summary: SPOKEN,
			keywords: expect.arrayContaining(["image", "worker"]),
			engine: null,
			fallback: "llama answers 500: peg-native",
		});
		expect(stored().summary_fallback).toBe("llama answers 500: peg-native");
	});

	it("is patient with a model that is down, and then falls back", async () => {
		const { summarize } = setUp(SPOKEN, UNAVAILABLE);
		expect(await failureOf(attempt(summarize))).toMatchObject({ type: "EngineUnavailable", retryable: true });
		const { summary, fallback } = await attempt(summarize, { number: 3 });
		expect([summary, fallback]).toEqual([SPOKEN, expect.stringContaining("does not answer")]);
	});

	it("T04: waits for a server that starts, and then loads its model", async () => {
		let [asked, loads] = [0, 3];
		const loading = { error: { code: 503, message: "Loading model", type: "unavailable_error" } };
		const listener: RequestListener = (request, response) => {
			asked++;
			if (loads-- > 0) return void response.writeHead(503).end(JSON.stringify(loading));
			if (request.url === "/props")
				return void response.end(
					JSON.stringify({ default_generation_settings: { n_ctx: 4_096 }, model_path: "m.gguf" }),
				);
			// It may be started again under a job.
			if (asked === 5) loads = 2;
			response.end(JSON.stringify(chat(JSON.stringify({ summary: "A summary of what is said.", keywords: ["a"] }))));
		};
		const place = await serve(listener);
		const { origin } = place;
		await place[Symbol.asyncDispose]();
		const { store } = setUp(SPOKEN, undefined);
		const llama = summarizerAt(origin, { loading: 5_000, starting: 5_000, every: 10 });
		const { summarize_content } = createContentActivities({ store, llama, pretended: true, worker: "w" });
		const running = attempt(() => summarize_content({ transcriptKey: KEY }));
		await delay(100);
		const server = createServer(listener).listen(Number(new URL(origin).port), "127.0.0.1");
		expect(await running).toMatchObject({ fallback: null, engine: { model: "m.gguf" } });
		expect(asked).toBeGreaterThan(4);
		server.closeAllConnections();
		server.close();
	});

	it("T04: waits once for a server that never starts, not in every job", async () => {
		const llama = summarizerAt(UNAVAILABLE, { loading: 5_000, starting: 300, every: 10 });
		const { signal } = new AbortController();
		const took = async () => {
			const started = performance.now();
			await expect(llama.facts(signal)).rejects.toMatchObject({ fault: "unreachable" });
			return performance.now() - started;
		};
		expect(await took()).toBeGreaterThanOrEqual(290);
		expect(await took()).toBeLessThan(200);
	});

	it("needs no model for silence, nor where it is switched off", async () => {
		expect((await attempt(setUp(" ", UNAVAILABLE).summarize)).fallback).toBe("nothing is said");
		expect((await attempt(setUp(SPOKEN, undefined).summarize)).fallback).toBe("LLAMA_DISABLE is set");
	});

	it("says that there is no transcript", async () => {
		const { store, summarize } = setUp(SPOKEN, UNAVAILABLE);
		store.objects.clear();
		expect(await failureOf(attempt(summarize))).toMatchObject({ type: "TranscriptMissing", retryable: false });
	});
});
