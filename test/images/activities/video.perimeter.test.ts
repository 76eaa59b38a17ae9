import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSearchActivities } from "../../../images/worker/activities/search.ts";
import { createVideoActivities } from "../../../images/worker/activities/video.ts";
import type { Bounds } from "../../../images/worker/bounds.ts";
import { runProgram } from "../../../images/runtime/program.ts";
import { s3Store, type Store } from "../../../images/worker/store.ts";
import type { VideoInput } from "../../../src/contracts/tasks.ts";
import { AMPLE } from "./ample.ts";
import { attempt, type AttemptOptions, failureOf } from "./attempt.ts";
import { mediaServer } from "./media-server.ts";
import { memoryStore } from "./memory-store.ts";

// The set-up puts yt-dlp where it puts the perimeter's servers.
process.env["PATH"] = join(import.meta.dirname, "../../../.cres/venv/bin") + delimiter + process.env["PATH"];

let directory = "";
let scratchRoot = "";
let media: Awaited<ReturnType<typeof mediaServer>>;
const store = memoryStore();

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-video-"));
	scratchRoot = join(directory, "scratch");
	await mkdir(scratchRoot);
	media = await mediaServer(directory);
}, 60_000);
afterAll(async () => {
	await media[Symbol.asyncDispose]();
	await rm(directory, { recursive: true });
});

const download = (
	path: string,
	changes: Partial<VideoInput> = {},
	options?: AttemptOptions,
	into: Store = store,
	bounds: Partial<Bounds> = {},
) => {
	const { download_video } = createVideoActivities({
		store: into,
		run: runProgram,
		scratchRoot,
		cookiesFile: "",
		bounds: { ...AMPLE, ...bounds },
		user: undefined,
		worker: "cpu@a/b-89abcdef",
	});
	return attempt(() => download_video({ url: `${media.origin}${path}`, query: "q", ...changes }), options);
};

describe("download_video with the real programs", () => {
	it("T21: takes a recording without duration", async () => {
		const { durationSeconds, audio } = await download("/live.webm");
		expect(durationSeconds).toBeCloseTo(2, 0);
		expect(audio.bytes).toBeGreaterThan(60_000);
		expect(await failureOf(download("/live-long.mkv", { maxMinutes: 1 }))).toMatchObject({ type: "VideoTooLong" });
	});

	it.each([
		["an endless body", "/endless.mp4", { maxBytes: 3e6 }, "VideoTooLarge"],
		["a body of a size that is too large", "/large.mp4", { maxBytes: 1e6 }, "VideoTooLarge"],
		["a redirect to an address that is not public", "/away.mp4", {}, "AddressRefused"],
		["a playlist whose parts are not public", "/inside.m3u8", {}, "AddressRefused"],
	])(
		"A7: ends with %s, finally",
		async (_name, path, bounds, type) => {
			const started = Date.now();
			expect(await failureOf(download(path, {}, {}, store, bounds))).toMatchObject({ type, retryable: false });
			expect(Date.now() - started).toBeLessThan(20_000);
			expect(await readdir(scratchRoot)).toEqual([]);
		},
		60_000,
	);

	it("stores video, audio and metadata, and does not do it again", async () => {
		const beats: unknown[] = [];
		const result = await download("/talk.mp4", {}, { beats });
		expect(result).toMatchObject({ videoId: "talk", title: "talk", video: { key: "queries/q/videos/talk_talk.mp4" } });
		expect(result.durationSeconds).toBeCloseTo(2, 0);
		expect(store.objects.get(result.audio.key)!.subarray(0, 4).toString()).toBe("RIFF");
		store.objects.clear();
		expect(await download("/talk.mp4", {}, { number: 2, heartbeatDetails: beats.at(-1) })).toEqual(result);
		expect(store.objects.size).toBe(0);
	});

	it("takes sound without picture, and titles that are no UTF-8", async () => {
		expect((await download("/sound.mp3")).audio.bytes).toBeGreaterThan(60_000);
		expect((await download("/titled.html")).title).toMatch(/^caf/);
	});

	it.each<[string, string, Partial<VideoInput>, string, boolean]>([
		["an address that is gone", "/gone.mp4", {}, "VideoNotFound", false],
		["an empty file", "/empty.mp4", {}, "VideoEmpty", false],
		["a video without sound", "/silent.mp4", {}, "VideoWithoutAudio", false],
		["a corrupt file", "/corrupt.mp4", {}, "VideoCorrupt", false],
		["a video over the limit", "/long.mp4", { maxMinutes: 1 }, "VideoTooLong", false],
		["a live stream", "/live.m3u8", {}, "VideoIsLive", false],
		["a playlist", "/list.xml", {}, "VideoIsPlaylist", false],
		["no address at all", "", { url: "talk.mp4" }, "InvalidInput", false],
	])("refuses %s and leaves no file", async (_name, path, changes, type, retryable) => {
		expect(await failureOf(download(path, changes))).toMatchObject({ type, retryable });
		expect(await readdir(scratchRoot)).toEqual([]);
	});

	it("says that the store is down, leaves no file, and works for the next one", async () => {
		const closed = { endpoint: "http://127.0.0.1:1", bucket: "b", accessKey: "k", secretKey: "s", keysFrom: "" };
		const failure = await failureOf(download("/talk.mp4", {}, {}, s3Store(closed)));
		expect(failure).toMatchObject({ type: "StoreUnavailable", retryable: true });
		expect(failure.message).toContain("ECONNREFUSED");
		expect(await readdir(scratchRoot)).toEqual([]);
		expect((await download("/talk.mp4")).videoId).toBe("talk");
	});

	it("gives a host up that never answers, for this attempt", async () => {
		const failure = await failureOf(download("/silence.mp4"));
		expect(failure).toMatchObject({ type: "DownloadFailed", retryable: true });
		expect(failure.message).toContain("timed out");
		expect(await readdir(scratchRoot)).toEqual([]);
	});

	it("does not upload again what an attempt before has stored", async () => {
		const { video } = await download("/talk.mp4");
		store.objects.clear();
		const result = await download("/talk.mp4", {}, { number: 2, heartbeatDetails: { done: { stored: [video] } } });
		expect(store.objects.has(video.key)).toBe(false);
		expect(store.objects.has(result.audio.key)).toBe(true);
	});

	it("ends within five seconds of its cancellation and leaves no file", async () => {
		const controller = new AbortController();
		const running = download("/talk.mp4", {}, { signal: controller.signal });
		setTimeout(() => controller.abort(new Error("cancelled")), 300);
		const started = Date.now();
		await expect(running).rejects.toThrow("cancelled");
		expect(Date.now() - started).toBeLessThan(5_000);
		expect(await readdir(scratchRoot)).toEqual([]);
	});
});

it("search_videos takes what the search finds, each once, up to the limit", async () => {
	const searchUrl = `${media.origin}/search?q={query}&n={count}`;
	const settings = { searchUrl, defaultCategory: "", maxAgeDays: 0, capacity: 2, now: () => new Date() };
	const { search_videos } = createSearchActivities({
		run: runProgram,
		scratchRoot,
		bounds: AMPLE,
		user: undefined,
		...settings,
	});
	const find = (limit: number) => attempt(() => search_videos({ query: "two words", limit, maxMinutes: 10 }));
	const { videos, seen, capacity } = await find(10);
	expect([videos.map(({ url }) => url), seen, capacity]).toEqual([
		[`${media.origin}/talk.mp4`, `${media.origin}/silent.mp4`],
		3,
		2,
	]);
	expect((await find(1)).videos).toHaveLength(1);
});
