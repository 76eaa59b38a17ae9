import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunProgram } from "../../../images/runtime/program.ts";
import { createVideoActivities } from "../../../images/worker/activities/video.ts";
import { AMPLE } from "./ample.ts";
import { attempt, failureOf } from "./attempt.ts";
import { memoryStore } from "./memory-store.ts";

let scratchRoot = "";
beforeAll(async () => void (scratchRoot = await mkdtemp(join(tmpdir(), "cres-video-"))));
afterAll(() => rm(scratchRoot, { recursive: true }));

interface Told {
	/** What ffprobe prints. */
	probe?: unknown;
	/** Bytes of the wav that ffmpeg makes. */
	wav?: number;
	title?: string;
	/** yt-dlp writes no file. */
	skips?: boolean;
	/** Ending of the file that yt-dlp writes. */
	ending?: string;
	/** Another file that it writes. */
	beside?: string;
}

/** Programs that make what they are told to. */
const told = ({ probe, wav = 78 + 64_000, title = "a", skips = false, ending = "mp4", beside }: Told): RunProgram => {
	const ok = (stdout = "") => ({ exitCode: 0, stdout, stderr: "" });
	return async (file, args, { directory }) => {
		if (file === "ffprobe") return ok(typeof probe === "string" ? probe : JSON.stringify(probe));
		if (file === "ffmpeg") return await writeFile(args.at(-1)!, Buffer.alloc(wav)).then(() => ok());
		if (skips) return ok();
		await writeFile(join(directory, "media.info.json"), JSON.stringify({ id: "abcdefghijk", title }));
		await writeFile(join(directory, `media.${ending}`), "video");
		if (beside !== undefined) await writeFile(join(directory, beside), "beside it");
		return ok(join(directory, `media.${ending}`));
	};
};

const store = memoryStore();
const download = (what: Told) => {
	const shared = { store, scratchRoot, cookiesFile: "", bounds: AMPLE, user: undefined, worker: "w" };
	const { download_video } = createVideoActivities({ ...shared, run: told(what) });
	return attempt(() => download_video({ url: "http://media.test/a.mp4", query: "q", maxMinutes: 1 }));
};
const audio = [{ codec_type: "audio" }];

describe("download_video", () => {
	it.each([
		{ format: {}, streams: audio },
		{ format: { duration: "N/A" }, streams: audio },
	])("T21: measures a recording without duration by what was decoded: %j", async (probe) => {
		expect((await download({ probe })).durationSeconds).toBe(2);
		expect(await failureOf(download({ probe, wav: 78 + 61 * 32_000 }))).toMatchObject({ type: "VideoTooLong" });
		expect(await failureOf(download({ probe, wav: 78 }))).toMatchObject({ type: "VideoCorrupt", retryable: false });
	});

	it("F79: refuses a video without sound, finally", async () => {
		const failure = await failureOf(
			download({ probe: { format: { duration: "9" }, streams: [{ codec_type: "video" }] } }),
		);
		expect(failure).toEqual({ type: "VideoWithoutAudio", retryable: false, message: "the video has no audio stream" });
	});

	it("refuses what ffprobe cannot tell, finally", async () => {
		for (const probe of ["", "{", {}])
			expect(await failureOf(download({ probe }))).toMatchObject({ type: "VideoCorrupt", retryable: false });
	});

	it("A7: says that a file is too large which yt-dlp leaves out", async () => {
		expect(await failureOf(download({ skips: true }))).toEqual({
			type: "VideoTooLarge",
			retryable: false,
			message: "the video has more than 1000 MB",
		});
		expect(await readdir(scratchRoot)).toEqual([]);
	});

	it("stores the picture that lies beside the video, and never the video as its own picture", async () => {
		const probe = { format: { duration: "9" }, streams: audio };
		const { thumbnail } = await download({ probe, ending: "webp", beside: "media.jpg" });
		expect(store.objects.get(thumbnail!.key)!.toString()).toBe("beside it");
		expect(await download({ probe, ending: "webp" })).not.toHaveProperty("thumbnail");
	});

	it("T06, M66: bears a title of any length", async () => {
		const result = await download({
			probe: { format: { duration: "9" }, streams: audio },
			title: "字".repeat(1_000_000),
		});
		expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(10_000);
		expect(result.video.key).toMatch(/_abcdefghijk\.mp4$/);
	});
});
