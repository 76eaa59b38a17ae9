import { describe, expect, it } from "vitest";
import { createCombinedActivities } from "../../../images/worker/activities/combined.ts";
import { createRecordActivities } from "../../../images/worker/activities/records.ts";
import { idOfAddress, queryKeys } from "../../../src/contracts/objects.ts";
import type { RecordInput } from "../../../src/contracts/tasks.ts";
import { attempt } from "./attempt.ts";
import { SPOKEN } from "./engines.ts";
import { memoryStore } from "./memory-store.ts";

const KEYS = queryKeys("Two words");
const ended = (id: string, changes: Partial<RecordInput> = {}): RecordInput => ({
	query: "Two words",
	id,
	url: `http://media.test/${id}.mp4`,
	objectKey: `queries/two-words/videos/${id}.mp4`,
	status: "downloaded",
	transcriptKey: null,
	...changes,
});

function setUp(slowness: number) {
	const store = memoryStore(slowness);
	const { record_video } = createRecordActivities({ store });
	const { build_batch_combined_output: combine } = createCombinedActivities({ store, minCharacters: 80 });
	return {
		store,
		record: (input: RecordInput) => attempt(() => record_video(input)),
		combine: () => attempt(() => combine({ query: "Two words" })),
		manifest: () => JSON.parse(store.objects.get(KEYS.manifest)!.toString()),
	};
}

describe("the manifest of a query", () => {
	it("holds every video exactly once, however many workers end theirs at the same time, some twice", async () => {
		const { record, manifest } = setUp(20);
		const ids = Array.from({ length: 20 }, (_, at) => `v${String(at).padStart(2, "0")}`);
		await Promise.all([...ids, ...ids.slice(5, 10)].map((id) => record(ended(id))));
		expect(manifest().videos.map((video: { video_id: string }) => video.video_id)).toEqual(ids);
	});

	it("takes the last end of a video, and forgets a failure from before its id was known", async () => {
		const { record, manifest } = setUp(0);
		const url = "http://media.test/a.mp4";
		const error = { type: "DownloadFailed", message: "reset" };
		await record(ended(idOfAddress(url), { url, status: "failed", objectKey: "", error }));
		expect(manifest().videos).toMatchObject([{ status: "failed", error }]);
		await record(ended("a", { url }));
		await record(ended("a", { url, status: "summarized", transcriptKey: "t" }));
		expect(manifest().videos).toEqual([
			{ video_id: "a", url, object_key: ended("a").objectKey, status: "summarized", transcript_key: "t" },
		]);
	});
});

describe("build_batch_combined_output", () => {
	it("combines what is said, leaves the rest out, and says so in the manifest", async () => {
		const { store, record, combine, manifest } = setUp(0);
		const transcript = {
			segments: [{ start: 3, end: 9, text: SPOKEN }],
			language: "en",
			summary: "",
			keywords: [],
			search_query: "q",
		};
		store.objects.set("t/a", Buffer.from(JSON.stringify({ text: SPOKEN, ...transcript })));
		store.objects.set("t/b", Buffer.from(JSON.stringify({ text: "Short.", ...transcript })));
		await record(ended("a", { status: "summarized", transcriptKey: "t/a" }));
		await record(ended("b", { status: "summarized", transcriptKey: "t/b" }));
		await record(ended("c", { status: "failed" }));
		const combined = { status: "ok", count: 1, skippedCount: 2 };
		expect(await combine()).toMatchObject(combined);
		expect(manifest()).toMatchObject({ query: "Two words", slug: "two-words", combined });
		const output = JSON.parse(store.objects.get(KEYS.combined.output)!.toString());
		expect(output.keywords).toContainEqual({ word: "worker", count: 2, score: 1, start_time: 3 });
		expect(output.key_sentences).toContain("One image, one digest, one proof.");
		expect(store.objects.get(KEYS.combined.transcription)?.toString()).toBe(`${SPOKEN}\n`);
	});

	it("has nothing to combine where nothing is said", async () => {
		const { record, combine, manifest } = setUp(0);
		await record(ended("a"));
		expect(await combine()).toEqual({ status: "no-transcripts", keys: [], count: 0, skippedCount: 1 });
		expect(manifest().combined.status).toBe("no-transcripts");
	});
});
