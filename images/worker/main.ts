import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { DefaultLogger, Runtime } from "@temporalio/worker";
import { BUILD_INFO_PATH, type BuildInfo } from "../../src/contracts/build-info.ts";
import { formatIdentity } from "../../src/contracts/identity.ts";
import { type Role, taskQueue } from "../../src/contracts/queues.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { containerId } from "../runtime/container.ts";
import { readSettings, secretsOf, type Settings } from "../runtime/settings.ts";
import { EnvironmentError } from "../runtime/variables.ts";
import { createLog, type Log } from "../runtime/logger.ts";
import { shutdownSignal } from "../runtime/shutdown.ts";
import { connectWorker } from "../runtime/temporal/worker.ts";
import { createCpuWorker } from "./cpu.ts";
import { GpuError, usableDevices, whisperHasModel } from "./gpu-checks.ts";
import { createGpuWorker } from "./gpu.ts";
import type { ModelsPlace } from "./models-coming.ts";
import { runProgram } from "../runtime/program.ts";
import { spawnerAt } from "../runtime/spawner.ts";
import { runWorker } from "./run-worker.ts";

const { values: paths } = parseArgs({
	options: {
		"build-info": { type: "string", default: BUILD_INFO_PATH },
		bundle: { type: "string", default: "/app/workflow-bundle.js" },
		// Made when this worker polls, for those who wait for it.
		polls: { type: "string" },
		// Where programs are started as another user; absent: by the worker itself.
		spawner: { type: "string" },
		// Where models are fetched to, and what their program leaves when it ends.
		models: { type: "string" },
		"models-done": { type: "string" },
	},
});

// Native threads and an activity that ignores cancellation would keep the process alive: end it explicitly.
process.exit(await main());

async function main(): Promise<number> {
	let log = createLog();
	try {
		const settings = readSettings(process.env);
		log = createLog({ secrets: secretsOf(settings) });
		const signal = shutdownSignal((name) => log("INFO", `${name}: draining`));
		return await work(settings, log, signal);
	} catch (error) {
		log("ERROR", error instanceof Error ? error.message : String(error));
		return 1;
	}
}

async function work(settings: Settings, log: Log, signal: AbortSignal): Promise<number> {
	const role = roleOf(settings);
	const build = await readBuildInfo(paths["build-info"]);
	const { instance, temporal } = settings;
	const container = containerId(settings.containerId);
	const identity = formatIdentity({ role, instance, buildId: build.buildId, container });
	log("INFO", "worker starts", summary(settings, role, build, identity));
	try {
		if (role === "gpu" && !(await gpuIsReady(settings, log, signal))) return 0;
		installRuntime(log);
		const connection = await connectWorker({ ...temporal, signal, log });
		const worker = await createWorker(role, { settings, connection, identity, buildId: build.buildId });
		await runWorker(worker, signal, async () => void (paths.polls && (await writeFile(paths.polls, ""))));
	} catch (error) {
		if (!signal.aborted) throw error;
	}
	log("INFO", "worker stopped");
	return 0;
}

function createWorker(role: Role, options: Omit<Parameters<typeof createGpuWorker>[0], "models">) {
	if (role === "gpu") return createGpuWorker({ ...options, models: modelsPlace() });
	const run = paths.spawner ? spawnerAt(paths.spawner) : runProgram;
	return createCpuWorker({ ...options, bundle: paths.bundle, run });
}

function modelsPlace(): ModelsPlace | undefined {
	const { models: directory, "models-done": mark } = paths;
	return directory && mark ? { directory, mark } : undefined;
}

function roleOf({ mode }: Settings): Role {
	if (mode !== "both") return mode;
	throw new EnvironmentError(
		"wrong environment: WORKER_MODE=both: a process has one role, the boot program starts two",
	);
}

/** False: there is no usable GPU, and none is needed. @throws GpuError where one is */
async function gpuIsReady({ gpuPretend, gpuOptional, engines }: Settings, log: Log, signal: AbortSignal) {
	try {
		if (gpuPretend) log("WARN", "GPU_PRETEND: a rehearsal without GPU");
		else log("INFO", "GPU checks", { devices: await usableDevices(runProgram, signal) });
	} catch (error) {
		if (!(error instanceof GpuError) || !gpuOptional) throw error;
		log("WARN", `no gpu worker here, as WORKER_GPU_OPTIONAL allows: ${error.message}`);
		return false;
	}
	log("INFO", "whisper has its model", { whisper: await whisperHasModel(engines.whisper, log, signal) });
	return true;
}

function summary(settings: Settings, role: Role, build: BuildInfo, identity: string): Record<string, unknown> {
	const { temporal, baseTaskQueue, cpuThreads, gpuThreads, shutdownGraceSeconds, store } = settings;
	return {
		identity,
		...build,
		mode: role,
		queues: [taskQueue(baseTaskQueue, role)],
		temporal: `${temporal.address}/${temporal.namespace}`,
		store: `${store.endpoint}/${store.bucket}`,
		keysFrom: store.keysFrom,
		...(role === "gpu" ? { gpuThreads, engines: settings.engines, pretended: settings.gpuPretend } : { cpuThreads }),
		shutdownGraceSeconds,
		node: process.version,
	};
}

function installRuntime(log: Log): void {
	Runtime.install({
		logger: new DefaultLogger("INFO", ({ level, message, meta }) => log(level, message, meta)),
		telemetryOptions: { logging: { filter: { core: "INFO", other: "WARN" }, forward: {} } },
		workerHeartbeatInterval: "10s",
		shutdownSignals: [],
	});
}
