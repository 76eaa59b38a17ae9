import { describe, expect, it } from "vitest";
import { createContentActivities } from "../../../images/worker/activities/content.ts";
import { summarizerAt } from "../../../images/worker/summarizer.ts";
import { attempt, failureOf } from "./attempt.ts";
import { chat, fakeLlama, SPOKEN } from "./engines.ts";
import { memoryStore } from "./memory-store.ts";

const KEY = "queries/q/transcripts/a_1.json";
const UNAVAILABLE = "http://127.0.0.1:1";

function setUp(text: string, origin: string | undefined) {
	const store = memoryStore();
	const transcript = { text, segments: [], words: [], language: "en", summary: "", keywords: [], search_query: "q" };
	store.objects.set(KEY, Buffer.from(JSON.stringify({ ...transcript, engines: { whisper: { name: "w" } } })));
	const llama = origin === undefined ? undefined : summarizerAt(origin);
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

	it("halves a piece that turns out to be too long", async () => {
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
