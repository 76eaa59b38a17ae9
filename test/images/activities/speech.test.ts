import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSpeechActivities } from "../../../images/worker/activities/speech.ts";
import { transcriberAt } from "../../../images/worker/transcriber.ts";
import { attempt, failureOf } from "./attempt.ts";
import { fakeWhisper, SPOKEN } from "./engines.ts";
import { memoryStore } from "./memory-store.ts";

const INPUT = { audioKey: "queries/q/audio/a_1.wav", transcriptKey: "queries/q/transcripts/a_1.json", query: "q" };
let scratchRoot = "";
beforeEach(async () => void (scratchRoot = await mkdtemp(join(tmpdir(), "cres-speech-"))));
afterEach(() => rm(scratchRoot, { recursive: true }));

async function setUp() {
	const whisper = await fakeWhisper();
	const store = memoryStore();
	store.objects.set(INPUT.audioKey, Buffer.from("RIFF sound"));
	const worker = "gpu@gpu-1/0123456789ab-89abcdef";
	const { transcribe_video } = createSpeechActivities({
		store,
		whisper: transcriberAt(whisper.origin),
		scratchRoot,
		worker,
	});
	return { whisper, store, transcribe: () => transcribe_video(INPUT) };
}

describe("transcribe_video", () => {
	it("sends the audio, stores text, segments and words by key, and names the engine", async () => {
		const { whisper, store, transcribe } = await setUp();
		await using _ = whisper;
		const beats: unknown[] = [];
		const result = await attempt(transcribe, { beats });
		expect(result).toMatchObject({
			transcript: { key: INPUT.transcriptKey },
			excerpt: SPOKEN,
			language: "en",
			engine: { name: "faster-whisper", device: "cpu", pretended: true },
			worker: "gpu@gpu-1/0123456789ab-89abcdef",
		});
		expect(whisper.state.bodies[0]).toContain("RIFF sound");
		const stored = JSON.parse(store.objects.get(INPUT.transcriptKey)!.toString());
		expect(stored).toMatchObject({ text: SPOKEN, search_query: "q", summary: "", keywords: [] });
		expect([stored.segments[0].end, stored.words[0].word]).toEqual([9.4, "One"]);
		expect(await readdir(scratchRoot)).toEqual([]);
		expect(await attempt(transcribe, { number: 2, heartbeatDetails: beats.at(-1) })).toEqual(result);
		expect(whisper.state.bodies).toHaveLength(1);
	});

	it("takes what an attempt has stored that died before it could tell, and no transcript of another job", async () => {
		const { whisper, transcribe } = await setUp();
		await using _ = whisper;
		const result = await attempt(transcribe);
		expect(await attempt(transcribe, { number: 2 })).toEqual(result);
		expect(whisper.state.bodies).toHaveLength(1);
		expect(await attempt(transcribe, { runId: "two" })).toEqual(result);
		expect(whisper.state.bodies).toHaveLength(2);
	});

	it("gives one request after the other to the engine", async () => {
		const { whisper, transcribe } = await setUp();
		await using _ = whisper;
		whisper.state.delay = 30;
		await Promise.all(["a", "b", "c"].map((runId) => attempt(transcribe, { runId })));
		expect([whisper.state.bodies.length, whisper.state.most]).toEqual([3, 1]);
	});

	it("waits for a model that is being loaded, within the attempt", async () => {
		const { whisper, transcribe } = await setUp();
		await using _ = whisper;
		const loading = { status: 503, body: { error: { message: "no engine: loading base", code: "loading" } } };
		whisper.state.next.push(loading, loading);
		expect(await attempt(transcribe)).toMatchObject({ excerpt: SPOKEN });
		expect(whisper.state.bodies.map((body) => body.includes("RIFF sound"))).toEqual([true, true, true]);
	});

	it("ends the request at once when cancelled, leaves no file, and lets the next one in", async () => {
		const { whisper, transcribe } = await setUp();
		await using _ = whisper;
		whisper.state.delay = 60_000;
		const controller = new AbortController();
		const running = attempt(transcribe, { signal: controller.signal });
		await expect.poll(() => whisper.state.bodies.length).toBe(1);
		controller.abort(new Error("cancelled"));
		await expect(running).rejects.toThrow("cancelled");
		await expect.poll(() => whisper.state.dropped).toBe(1);
		expect(await readdir(scratchRoot)).toEqual([]);
		whisper.state.delay = 0;
		expect((await attempt(transcribe)).excerpt).toBe(SPOKEN);
	});

	it("tells refused audio from an engine in trouble", async () => {
		const { whisper, transcribe } = await setUp();
		await using _ = whisper;
		const refusal = { error: { message: "no audio stream", type: "invalid_request_error", code: "bad_audio" } };
		whisper.state.next.push(
			{ status: 415, body: refusal },
			{ status: 503, body: {}, retryAfter: 2 },
			{ status: 200, body: {} },
		);
		expect(await failureOf(attempt(transcribe))).toEqual({
			type: "AudioRefused",
			retryable: false,
			message: "whisper answers 415: no audio stream",
		});
		expect(await failureOf(attempt(transcribe))).toMatchObject({ type: "EngineUnavailable", retryable: true });
		expect(await failureOf(attempt(transcribe))).toMatchObject({ type: "EngineUnavailable", retryable: true });
		expect((await attempt(transcribe)).excerpt).toBe(SPOKEN);
	});

	it("says that the engine is down, and that the audio is not there", async () => {
		const { whisper, store, transcribe } = await setUp();
		await whisper[Symbol.asyncDispose]();
		expect(await failureOf(attempt(transcribe))).toMatchObject({ type: "EngineUnavailable", retryable: true });
		store.objects.clear();
		expect(await failureOf(attempt(transcribe))).toMatchObject({ type: "AudioRefused", retryable: false });
	});
});
