import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type VideoInput, videoResultSchema } from "../../src/contracts/tasks.ts";
import { endOf, faultPipeline, keysOf, manifestOf, mediaOfTests } from "./fault-pipeline.ts";

const BASE = `faults-parts-${process.pid}`;
const { input } = mediaOfTests();
let pipeline: Awaited<ReturnType<typeof faultPipeline>>;
beforeAll(async () => void (pipeline = await faultPipeline(BASE)), 60_000);
afterAll(() => pipeline[Symbol.asyncDispose]());

/** The workers that met the fault do the next job. */
async function doesTheNext(name: string): Promise<void> {
	const query = `next after ${name}`;
	const job = await pipeline.start(query, input(query, "/talk.mp4"));
	expect(videoResultSchema.parse(await job.result())).toMatchObject({ videoId: "talk", summaryFallback: null });
	expect(await manifestOf(query)).toMatchObject([{ status: "summarized" }]);
	expect(await pipeline.scratch()).toEqual([]);
}

describe("a video that cannot be taken", () => {
	it.each<[string, string, Partial<Omit<VideoInput, "query">>, string]>([
		["an address that is gone", "/gone.mp4", {}, "VideoNotFound"],
		["a playlist", "/list.xml", {}, "VideoIsPlaylist"],
		["a live stream", "/live.m3u8", {}, "VideoIsLive"],
		["an empty file", "/empty.mp4", {}, "VideoEmpty"],
		["a video without sound", "/silent.mp4", {}, "VideoWithoutAudio"],
		["three hours and more", "/hours.mp4", {}, "VideoTooLong"],
		["more than was asked for", "/long.mp4", { maxMinutes: 1 }, "VideoTooLong"],
		["a corrupt container", "/corrupt.mp4", {}, "VideoCorrupt"],
		["an address that leads to itself", "/loop.mp4", {}, "VideoUnsupported"],
		["no address at all", "", { url: "talk.mp4" }, "InvalidInput"],
		["a file of the worker", "", { url: "file:///etc/passwd" }, "InvalidInput"],
	])("fails by type for %s, in result and manifest, leaves nothing, and the next one is done", async (...row) => {
		const [query, path, changes, type] = row;
		const job = await pipeline.start(query, input(query, path, changes));
		const ended = await endOf(job);
		expect(ended).toMatchObject({ type, retryable: false });
		const error = { type, message: ended.message };
		expect(await manifestOf(query)).toMatchObject([{ status: "failed", object_key: "", transcript_key: null, error }]);
		expect([await keysOf(query), await pipeline.scratch()]).toEqual([[], []]);
		await doesTheNext(query);
	});
});

describe("a video that is odd", () => {
	it.each([
		["sound without picture", "/sound.mp3"],
		["a title that is no UTF-8", "/titled.html"],
	])("is done: %s", async (query, path) => {
		const job = await pipeline.start(query, input(query, path));
		const result = videoResultSchema.parse(await job.result());
		expect(await manifestOf(query)).toMatchObject([{ status: "summarized", object_key: result.video.key }]);
		expect(await pipeline.scratch()).toEqual([]);
	});

	it("is done with 200,000 characters of speech, and the result stays small", async () => {
		const { state } = pipeline.whisper;
		const usual = state.text;
		state.text = "Nothing is lost here. ".repeat(9_091);
		const job = await pipeline.start("much", input("much", "/talk.mp4"));
		const result = videoResultSchema.parse(await job.result());
		state.text = usual;
		expect(result).toMatchObject({ summaryFallback: null });
		expect(result.transcript!.bytes).toBeGreaterThan(400_000);
		expect(JSON.stringify(result).length).toBeLessThan(5_000);
	});
});

describe("an engine in trouble", () => {
	it("fails a job once whisper has refused it in every attempt", async () => {
		const { state } = pipeline.whisper;
		state.next.push(...Array.from({ length: 6 }, () => ({ status: 503, body: {}, retryAfter: 1 })));
		const job = await pipeline.start("whisper", input("whisper", "/talk.mp4"));
		expect(await endOf(job)).toMatchObject({ type: "EngineUnavailable" });
		expect(state.next).toEqual([]);
		const failed = { status: "failed", transcript_key: null, error: { type: "EngineUnavailable" } };
		expect(await manifestOf("whisper")).toMatchObject([failed]);
		expect((await keysOf("whisper")).filter((key) => key.startsWith("transcripts/"))).toEqual([]);
		await doesTheNext("whisper");
	});

	it("T04: waits for llama while it loads its model", async () => {
		const busy = { status: 503, body: { error: { message: "Loading model" } } };
		pipeline.llama.state.next.push(busy, busy, busy);
		const job = await pipeline.start("loading", input("loading", "/talk.mp4"));
		expect(await job.result()).toMatchObject({ summaryFallback: null });
	});

	it("does without llama, and says so in the result", async () => {
		const broken = { status: 500, body: { error: { message: "out of memory" } } };
		pipeline.llama.state.next.push(broken, broken, broken);
		const job = await pipeline.start("llama", input("llama", "/talk.mp4"));
		expect(await job.result()).toMatchObject({ summaryFallback: "llama answers 500: out of memory" });
		expect(await manifestOf("llama")).toMatchObject([{ status: "summarized" }]);
		await doesTheNext("llama");
	});
});
