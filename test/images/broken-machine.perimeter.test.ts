import { execFile } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { videoResultSchema } from "../../src/contracts/tasks.ts";
import { endOf, faultPipeline, keysOf, manifestOf, mediaOfTests, portTo } from "./fault-pipeline.ts";

const run = promisify(execFile);
const BASE = `broken-parts-${process.pid}`;
const { directory, input } = mediaOfTests();

/** A file system of its own, of so many KiB. */
async function smallDisk(kib: number) {
	const path = join(directory(), `disk-${kib}`);
	await mkdir(path, { recursive: true });
	await run("mount", ["-t", "tmpfs", "-o", `size=${kib}k`, "cres-test", path]);
	return { path, [Symbol.asyncDispose]: async () => void (await run("umount", [path])) };
}

describe("a full disk", () => {
	it.each([
		["yt-dlp writes", "/large.mp4"],
		["ffmpeg writes", "/long.mp4"],
	])("fails a job by type where %s, leaves nothing, and the next one is done", async (query, path) => {
		await using disk = await smallDisk(1_024);
		await using pipeline = await faultPipeline(`${BASE}-${path.slice(1, 5)}`, {
			scratch: disk.path,
			environment: { JOB_MIN_FREE_MB: "0" }, // what is told here is what the programs meet
		});
		const ended = await endOf(await pipeline.start(query, input(query, path)));
		expect(ended).toMatchObject({ type: "DiskFull", message: expect.stringContaining("No space left on device") });
		const error = { type: "DiskFull", message: ended.message };
		expect(await manifestOf(query)).toMatchObject([{ status: "failed", object_key: "", error }]);
		expect([await keysOf(query), await pipeline.scratch()]).toEqual([[], []]);
		const next = await pipeline.start(`next ${query}`, input(query, "/talk.mp4"));
		expect(videoResultSchema.parse(await next.result()).videoId).toBe("talk");
	});

	it("is told by the gpu worker, whose own writing meets it", async () => {
		await using disk = await smallDisk(1_024);
		await using pipeline = await faultPipeline(`${BASE}-gpu`);
		pipeline.gpu.kill("SIGKILL");
		await using gpu = await pipeline.startRole("gpu", disk.path);
		const ended = await endOf(await pipeline.start("audio", input("audio", "/long.mp4")));
		expect(ended).toMatchObject({ type: "DiskFull", message: expect.stringContaining("ENOSPC") });
		expect(await manifestOf("audio")).toMatchObject([{ status: "failed", error: { type: "DiskFull" } }]);
		expect(await readdir(gpu.scratch)).toEqual([]);
		const next = await pipeline.start("next audio", input("audio", "/talk.mp4"));
		expect(videoResultSchema.parse(await next.result()).videoId).toBe("talk");
	}, 120_000);
});

it("a store that is down fails the upload by type, and the failure is recorded once it is up again", async () => {
	await using port = await portTo(new URL(inject("perimeter").store.endpoint).host);
	await using pipeline = await faultPipeline(`${BASE}-store`, { environment: { MINIO_ENDPOINT: port.address } });
	port.close();
	const job = await pipeline.start("down", input("down", "/talk.mp4"));
	const recording = async () => (await job.describe()).raw.pendingActivities?.[0]?.activityType?.name;
	await expect.poll(recording, { timeout: 50_000, interval: 500 }).toBe("record_video");
	expect(await pipeline.scratch()).toEqual([]);
	await port.open();
	const ended = await endOf(job);
	expect(ended).toMatchObject({ type: "StoreUnavailable", message: expect.stringContaining("ECONNREFUSED") });
	expect(await manifestOf("down")).toMatchObject([{ status: "failed", error: { type: "StoreUnavailable" } }]);
	expect(await keysOf("down")).toEqual([]);
	const next = await pipeline.start("up", input("down", "/talk.mp4"));
	expect(videoResultSchema.parse(await next.result()).videoId).toBe("talk");
}, 120_000);

describe("a cancelled job", () => {
	// The workflow ends at once, its activity hears of it with its next heartbeat.
	const IN_TIME = { timeout: 4_500 };
	const SLOW = { ffmpeg: '\nexport PATH="${PATH#*:}"; exec ffmpeg -re "$@"' };
	it.each([
		["yt-dlp downloads", "/slow.mp4", "yt-dlp"],
		["ffmpeg works", "/long.mp4", "ffmpeg"],
	])("is cancelled within five seconds while %s, and its programs are gone", async (query, path, program) => {
		await using pipeline = await faultPipeline(`${BASE}-${program}`, { programs: SLOW });
		const job = await pipeline.start(query, input(query, path));
		const scratch = () => running(program, pipeline.cpu.scratch);
		await expect.poll(scratch, { timeout: 20_000 }).not.toEqual([]);
		await job.cancel();
		await expect(Promise.race([job.result(), late(5_000)])).rejects.toThrow("cancelled");
		await expect.poll(scratch, IN_TIME).toEqual([]);
		await expect.poll(pipeline.scratch, IN_TIME).toEqual([]);
		expect((await job.describe()).status.name).toBe("CANCELLED");
	});

	it("is cancelled within five seconds while whisper works, whose request ends", async () => {
		await using pipeline = await faultPipeline(`${BASE}-whisper`);
		pipeline.whisper.state.delay = 60_000;
		const job = await pipeline.start("whisper works", input("whisper works", "/talk.mp4"));
		await expect.poll(() => pipeline.whisper.state.bodies.length, { timeout: 20_000 }).toBe(1);
		await job.cancel();
		await expect(Promise.race([job.result(), late(5_000)])).rejects.toThrow("cancelled");
		await expect.poll(() => pipeline.whisper.state.dropped, IN_TIME).toBe(1);
		await expect.poll(pipeline.scratch, IN_TIME).toEqual([]);
	});
});

const late = (milliseconds: number): Promise<string> =>
	new Promise((resolve) => setTimeout(resolve, milliseconds, `not within ${milliseconds} ms`));

/** Ids of processes of that name whose command line names the folder. */
async function running(name: string, folder: string): Promise<string[]> {
	const { stdout } = await run("ps", ["-eo", "pid,args", "-ww"]);
	return stdout.split("\n").filter((line) => line.includes(name) && line.includes(folder));
}
