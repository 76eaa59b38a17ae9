import { performance } from "node:perf_hooks";
import type { BuildInfo } from "../../src/contracts/build-info.ts";
import type { Log } from "../runtime/logger.ts";
import { openStore } from "../runtime/store.ts";
import type { Access } from "./access.ts";
import { llamaProbe, whisperProbe } from "./engines.ts";
import type { Health } from "./parts/health/schema.ts";
import { createHealth } from "./parts/health/service.ts";
import { createCatalogue } from "./parts/index/catalogue.ts";
import { createIndex, type Index } from "./parts/index/service.ts";
import { createJobs, type Jobs } from "./parts/jobs/service.ts";
import { createTranscriptions, type TranscriptionService } from "./parts/transcriptions/service.ts";
import type { ApiRole } from "./roles.ts";
import type { ApiSettings } from "./settings.ts";
import { connectTemporal } from "../runtime/temporal/client.ts";

/** What the api is built over. */
export interface Deps {
	role: ApiRole;
	access: Access;
	/** Names of the modules that it has. */
	modules: readonly string[];
	/** They were named: what stands for the others without prefix is not there either. */
	isSelection: boolean;
	/** Path that they lie below. */
	baseUrl: string;
	build: Pick<BuildInfo, "buildId" | "version">;
	health: () => Promise<Health>;
	jobs: Jobs;
	index: Index;
	transcriptions: TranscriptionService;
	log: Log;
}

export interface DepsOptions {
	settings: ApiSettings;
	build: BuildInfo;
	log: Log;
	/** Ends what is under way with the store. */
	signal: AbortSignal;
}

/** The real ones; they connect when they are first asked. */
export function createDeps({ settings, build, log, signal }: DepsOptions): Deps & AsyncDisposable {
	const { role, engines, pretended } = settings;
	const temporal = connectTemporal(settings.temporal);
	const store = openStore(settings.store, { limit: settings.storeLimit, client: { maxAttempts: 2 } });
	const catalogue = createCatalogue({ store, log, concurrency: settings.readConcurrency });
	const probes = {
		temporal: temporal.check,
		minio: store.check,
		...(engines?.llama && { llama: llamaProbe({ ...engines.llama, pretended }) }),
		...(engines && { whisper: whisperProbe(engines.whisper) }),
	};
	return {
		role,
		modules: settings.modules,
		isSelection: settings.isSelection,
		baseUrl: settings.baseUrl,
		access: { ...settings.access, now: () => performance.now() },
		build,
		log,
		health: createHealth({ role, buildId: build.buildId, pretended, probes, now: () => performance.now(), log }),
		jobs: createJobs({ ...settings, temporal }),
		index: createIndex({ store, catalogue, signal }),
		transcriptions: createTranscriptions({ store, catalogue, cache: settings.cache, log, signal }),
		async [Symbol.asyncDispose]() {
			await Promise.all([temporal.close(), store.close()]);
		},
	};
}
