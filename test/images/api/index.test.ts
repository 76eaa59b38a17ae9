import { describe, expect, it } from "vitest";
import { createCatalogue } from "../../../images/api/parts/index/catalogue.ts";
import { INDEX_KEY } from "../../../images/api/parts/index/service.ts";
import { testApp } from "./fakes.ts";

const ROOT = "queries/two-words";
const manifest = {
	query: "Two words",
	slug: "two-words",
	videos: [
		{
			object_key: `${ROOT}/videos/On cats_vid-1.mp4`,
			url: "http://media.test/1",
			status: "summarized",
			transcript_key: `${ROOT}/transcripts/On cats_vid-1.json`,
		},
		{ object_key: `${ROOT}/videos/On dogs_vid-2.mp4`, url: "http://media.test/2", status: "downloaded" },
		{ object_key: "", url: "http://media.test/3", status: "failed", error: { type: "VideoNotFound" } },
	],
};
const transcript = {
	text: "A cat is a cat. Concatenate! Dark matter, dark\nmatter, CAT.",
	segments: [
		{ start: 0, end: 2.5, text: "A cat is a cat." },
		{ start: 2.5, end: 5, text: "Concatenate! Dark matter, dark matter, CAT." },
	],
	language: "en",
	summary: "Cats, and dark matter.",
	keywords: ["cat", "dark matter", "never said"],
	search_query: "Two words",
};

async function withVideos(options?: Parameters<typeof testApp>[0]) {
	const parts = testApp(options);
	const { put } = parts.bucket;
	await put(`${ROOT}/manifest.json`, manifest);
	await put(`${ROOT}/transcripts/On cats_vid-1.json`, transcript);
	await put(`${ROOT}/thumbnails/On cats_vid-1.webp`, {});
	return parts;
}

const CATS = {
	title: "On cats",
	video_path: `${ROOT}/videos/On cats_vid-1.mp4`,
	thumb_path: `${ROOT}/thumbnails/On cats_vid-1.webp`,
	json_path: `${ROOT}/transcripts/On cats_vid-1.json`,
	keywords: [
		{ word: "cat", count: 3, score: 1, start_time: 0 },
		{ word: "dark matter", count: 2, score: 0.667, start_time: 2.5 },
		{ word: "never said", count: 0, score: 0, start_time: null },
	],
	summary: "Cats, and dark matter.",
	search_query: "Two words",
	query_updated_at: "2026-01-02T03:04:05.000Z",
};
const DOGS = {
	...CATS,
	title: "On dogs",
	video_path: `${ROOT}/videos/On dogs_vid-2.mp4`,
	thumb_path: null,
	json_path: null,
	keywords: [],
	summary: null,
};

describe("POST /admin/reindex", () => {
	it("writes the index of all videos that did not fail", async () => {
		const { app, bucket } = await withVideos();
		await bucket.put("queries/empty/videos/Left_over.mp4", {});
		const answer = await app.inject({ method: "POST", url: "/admin/reindex" });
		expect([answer.statusCode, answer.json()]).toEqual([
			200,
			{ status: "ok", message: "indexed 2 videos of 1 queries" },
		]);
		expect(JSON.parse(bucket.objects.get(INDEX_KEY)!.text)).toEqual([CATS, DOGS]);
	});

	it("reads a transcript again only when it has changed", async () => {
		const { app, bucket } = await withVideos();
		const reindex = () => app.inject({ method: "POST", url: "/admin/reindex" });
		await reindex();
		await reindex();
		const readOf = (key: string) => bucket.state.reads.filter((read) => read === key).length;
		expect(readOf(CATS.json_path)).toBe(1);
		await bucket.put(CATS.json_path, { ...transcript, summary: "Other." });
		await reindex();
		expect(readOf(CATS.json_path)).toBe(2);
		expect(JSON.parse(bucket.objects.get(INDEX_KEY)!.text)[0]).toMatchObject({ summary: "Other." });
	});

	it("goes on where an object is not what it should be, and logs its key", async () => {
		const { app, bucket, logged } = await withVideos();
		await bucket.put("queries/broken/manifest.json", { query: 7 });
		await bucket.store.putText(CATS.json_path, "no JSON", "application/json", AbortSignal.timeout(1_000));
		const answer = await app.inject({ method: "POST", url: "/admin/reindex" });
		expect(answer.json()).toEqual({ status: "ok", message: "indexed 2 videos of 1 queries" });
		const keys = logged.filter(({ level }) => level === "WARN").map(({ fields }) => fields["key"]);
		expect(keys).toEqual(["queries/broken/manifest.json", CATS.json_path]);
	});

	it("serves a crowd with two passes: the one that runs and one that sees every change before it", async () => {
		const { app, bucket } = await withVideos();
		const ask = () => app.inject({ method: "POST", url: "/admin/reindex" });
		const answers = await Promise.all(Array.from({ length: 10 }, ask));
		expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 10 }, () => 200));
		expect(bucket.state.reads.filter((key) => key === `${ROOT}/manifest.json`)).toHaveLength(2);
	});

	it("is 500 while the store is away, and works again after", async () => {
		const { app, bucket } = await withVideos();
		const ask = () => app.inject({ method: "POST", url: "/admin/reindex" });
		bucket.state.down = "the store at s3.test/cres refuses the keys";
		const refused = await ask();
		expect([refused.statusCode, refused.json()]).toEqual([500, { detail: bucket.state.down }]);
		bucket.state.down = undefined;
		expect((await ask()).statusCode).toBe(200);
	});
});

describe("GET /api/transcriptions", () => {
	const of = (query: string, limit?: number) => ({
		url: "/api/transcriptions",
		query: { query, ...(limit === undefined ? {} : { limit: String(limit) }) },
	});
	const nothing = {
		keywords: [],
		sentence: null,
		key_sentences: [],
		combined_video_url: null,
		recombined_sentence: null,
		sentence_version: null,
	};

	it("lists the videos of a query, whatever the case and blanks it is asked in", async () => {
		const { app } = await withVideos();
		const answer = await app.inject(of("two  WORDS"));
		expect([answer.statusCode, answer.json()]).toEqual([
			200,
			{
				query: "two  WORDS",
				videos: [CATS, DOGS],
				combined: nothing,
				meta: { llm: false, replaceCount: 0, coverage: [], cache: "miss" },
			},
		]);
	});

	it("lists at most as many as asked for", async () => {
		const { app } = await withVideos();
		expect((await app.inject(of("Two words", 1))).json().videos).toEqual([CATS]);
	});

	it("is empty for a query that nobody made", async () => {
		const { app, bucket } = await withVideos();
		const answer = await app.inject(of("other"));
		expect([answer.statusCode, answer.json()]).toMatchObject([200, { query: "other", videos: [], combined: nothing }]);
		expect(
			bucket.objects
				.keys()
				.filter((key) => key.startsWith("cache/"))
				.toArray(),
		).toEqual([]);
	});

	it("comes from the cache until an object of the query changes", async () => {
		const { app, bucket } = await withVideos();
		const cacheOf = async () => (await app.inject(of("Two words"))).json().meta.cache;
		expect([await cacheOf(), await cacheOf()]).toEqual(["miss", "hit"]);
		const kept = bucket.objects
			.keys()
			.filter((key) => key.startsWith("cache/"))
			.toArray();
		expect(kept).toEqual([
			expect.stringMatching(/^cache\/transcriptions\/v3\/two-words\/limit-50\/[0-9a-f]{16}\.json$/),
		]);
		await bucket.put(CATS.json_path, { ...transcript, summary: "Other." });
		const answer = (await app.inject(of("Two words"))).json();
		expect([answer.meta.cache, answer.videos[0].summary]).toEqual(["miss", "Other."]);
	});

	it("does without a cache where it is turned off, or where what it holds is unreadable", async () => {
		const off = await withVideos({ cache: undefined });
		expect((await off.app.inject(of("Two words"))).json().meta.cache).toBe("disabled");
		const { app, bucket } = await withVideos();
		await app.inject(of("Two words"));
		const [key] = bucket.objects.keys().filter((name) => name.startsWith("cache/"));
		await bucket.put(key!, { query: "Two words", videos: "none" });
		expect((await app.inject(of("Two words"))).json()).toMatchObject({ videos: [CATS, DOGS], meta: { cache: "miss" } });
	});

	it.each([
		"",
		"?query=",
		"?query=%20",
		"?query=a&limit=0",
		"?query=a&limit=51",
		"?query=a&limit=x",
		"?query=a&limit=1.5",
	])("is 422 where the question is wrong: %s", async (question) => {
		const answer = await testApp().app.inject(`/api/transcriptions${question}`);
		expect(answer.statusCode).toBe(422);
		expect(answer.json().detail[0].loc[0]).toBe("query");
	});

	it("is 500 while the store is away", async () => {
		const { app, bucket } = await withVideos();
		bucket.state.down = "the store at s3.test/cres has no such bucket";
		const answer = await app.inject(of("Two words"));
		expect([answer.statusCode, answer.json()]).toEqual([500, { detail: bucket.state.down }]);
	});
});

it("A17: remembers the gist of a bounded number of transcripts, the latest ones", async () => {
	const asked: string[] = [];
	const store = {
		getText: async (key: string) => (asked.push(key), JSON.stringify(transcript)),
		list: () => (async function* () {})(),
	};
	const catalogue = createCatalogue({ store, log: () => {}, concurrency: 1, most: 2 });
	const keys = ["a", "b", "c"].map((name) => `${ROOT}/transcripts/${name}.json`);
	const listed = keys.map((key) => [key, { key, etag: "1", modified: new Date(0) }] as const);
	const folder = { slug: "two-words", objects: new Map(listed) };
	const videos = keys.map((key) => ({ object_key: "", url: "", status: "summarized", transcript_key: key }));
	const entries = (...of: number[]) =>
		catalogue.entries(
			folder,
			{ ...manifest, videos: of.map((at) => videos[at]!) } as never,
			Infinity,
			new AbortController().signal,
		);
	await entries(0, 1, 2);
	await entries(1, 2);
	expect(asked).toEqual(keys);
	await entries(0);
	expect(asked).toHaveLength(4);
});
