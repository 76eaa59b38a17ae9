import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createVideoActivities } from "../../../images/worker/activities/video.ts";
import type { RunProgram } from "../../../images/runtime/program.ts";
import { inScratch } from "../../../images/worker/scratch.ts";
import { AMPLE } from "./ample.ts";
import { attempt, failureOf } from "./attempt.ts";
import { memoryStore } from "./memory-store.ts";

it("a full disk is told as such, whoever meets it, and is cleared", async () => {
	const scratchRoot = await mkdtemp(join(tmpdir(), "cres-full-"));
	const full = "ERROR: unable to write data: [Errno 28] No space left on device";
	const run: RunProgram = () => Promise.resolve({ exitCode: 1, stdout: "", stderr: full });
	const { download_video } = createVideoActivities({
		store: memoryStore(),
		run,
		scratchRoot,
		cookiesFile: "",
		bounds: { ...AMPLE, allow: [] },
		user: undefined,
		worker: "w",
	});
	const download = attempt(() => download_video({ url: "http://media.test/a.mp4" }));
	expect(await failureOf(download)).toEqual({ type: "DiskFull", retryable: true, message: full });
	const write = inScratch(scratchRoot, () => Promise.reject(Object.assign(new Error("write"), { code: "ENOSPC" })));
	expect(await failureOf(write)).toMatchObject({ type: "DiskFull", retryable: true });
	expect(await readdir(scratchRoot)).toEqual([]);
	await rm(scratchRoot, { recursive: true });
});
