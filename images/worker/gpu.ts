import { tmpdir } from "node:os";
import { Worker } from "@temporalio/worker";
import { createContentActivities } from "./activities/content.ts";
import { createSpeechActivities } from "./activities/speech.ts";
import type { ModelsPlace } from "./models-coming.ts";
import { keepScratchClear } from "./scratch.ts";
import { s3Store } from "./store.ts";
import { summarizerAt } from "./summarizer.ts";
import { transcriberAt } from "./transcriber.ts";
import { type RoleWorkerOptions, workerOptions } from "./worker-options.ts";

interface GpuWorkerOptions extends RoleWorkerOptions {
	/** Where the container fetches models to; absent: nobody does. */
	models: ModelsPlace | undefined;
}

/** The worker of `<base>@gpu`: gpu activities only. */
export function createGpuWorker(options: GpuWorkerOptions): Promise<Worker> {
	const { engines, gpuPretend: pretended, gpuThreads, scratchMinAgeSeconds } = options.settings;
	keepScratchClear(tmpdir(), scratchMinAgeSeconds);
	const shared = { store: s3Store(options.settings.store), scratchRoot: tmpdir(), worker: options.identity };
	const llama = engines.llama === undefined ? undefined : summarizerAt(engines.llama, { models: options.models });
	return Worker.create({
		...workerOptions("gpu", options),
		activities: {
			...createSpeechActivities({ ...shared, whisper: transcriberAt(engines.whisper) }),
			...createContentActivities({ ...shared, llama, pretended }),
		},
		maxConcurrentActivityTaskExecutions: gpuThreads,
	});
}
