import { tmpdir } from "node:os";
import { Worker } from "@temporalio/worker";
import { createCombinedActivities } from "./activities/combined.ts";
import { createIndexActivities } from "./activities/index.ts";
import { createRecordActivities } from "./activities/records.ts";
import { createSearchActivities } from "./activities/search.ts";
import { createVideoActivities } from "./activities/video.ts";
import type { RunProgram } from "../runtime/program.ts";
import { keepScratchClear } from "./scratch.ts";
import { s3Store } from "./store.ts";
import { type RoleWorkerOptions, workerOptions } from "./worker-options.ts";

/** Workflows kept in memory between tasks, about 1 MB each. */
const CACHED_WORKFLOWS = 50;

interface CpuWorkerOptions extends RoleWorkerOptions {
	/** Path of the prebuilt workflow bundle. */
	bundle: string;
	/** Starts yt-dlp and ffmpeg. */
	run: RunProgram;
}

/** The worker of `<base>@cpu`: workflows and cpu activities. */
export function createCpuWorker(options: CpuWorkerOptions): Promise<Worker> {
	const { settings, identity, bundle, run } = options;
	const { search, capacity, cookiesFile, reindexUrl, reindexToken, transcriptMinChars, cpuThreads } = settings;
	keepScratchClear(tmpdir(), settings.scratchMinAgeSeconds);
	const { jobs: bounds, downloadUser: user } = settings;
	const programs = { run, scratchRoot: tmpdir(), bounds, user };
	const shared = { ...programs, store: s3Store(settings.store), worker: identity };
	return Worker.create({
		...workerOptions("cpu", options),
		workflowBundle: { codePath: bundle },
		activities: {
			...createSearchActivities({ ...shared, ...search, searchUrl: search.url, capacity, now: () => new Date() }),
			...createVideoActivities({ ...shared, cookiesFile }),
			...createRecordActivities(shared),
			...createCombinedActivities({ ...shared, minCharacters: transcriptMinChars }),
			...createIndexActivities({ reindexUrl, reindexToken }),
		},
		maxConcurrentActivityTaskExecutions: cpuThreads,
		maxCachedWorkflows: CACHED_WORKFLOWS,
	});
}
