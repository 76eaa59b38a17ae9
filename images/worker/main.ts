import { parseArgs } from "node:util";
import { DefaultLogger, NativeConnection, Runtime } from "@temporalio/worker";
import { BUILD_INFO_PATH, type BuildInfo } from "../../src/contracts/build-info.ts";
import { formatIdentity } from "../../src/contracts/identity.ts";
import { taskQueue } from "../../src/contracts/queues.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { containerId } from "../runtime/container.ts";
import { EnvironmentError, readSettings, type Settings } from "../runtime/env.ts";
import { createLog, type Log } from "../runtime/logger.ts";
import { shutdownSignal } from "../runtime/shutdown.ts";
import { connectWithRetry } from "./connect.ts";
import { createCpuWorker } from "./cpu.ts";
import { runWorker } from "./run-worker.ts";

const { values: paths } = parseArgs({
	options: {
		"build-info": { type: "string", default: BUILD_INFO_PATH },
		bundle: { type: "string", default: "/app/workflow-bundle.js" },
	},
});

// Native threads and an activity that ignores cancellation would keep the process alive: end it explicitly.
process.exit(await main());

async function main(): Promise<number> {
	let log = createLog();
	try {
		const settings = readSettings(process.env);
		log = createLog({ secrets: [settings.store.accessKey, settings.store.secretKey] });
		const signal = shutdownSignal((name) => log("INFO", `${name}: draining`));
		return await work(settings, log, signal);
	} catch (error) {
		log("ERROR", error instanceof Error ? error.message : String(error));
		return 1;
	}
}

async function work(settings: Settings, log: Log, signal: AbortSignal): Promise<number> {
	refuseGpu(settings);
	const build = await readBuildInfo(paths["build-info"]);
	const { instance, temporal } = settings;
	const identity = formatIdentity({
		role: "cpu",
		instance,
		buildId: build.buildId,
		container: containerId(settings.containerId),
	});
	log("INFO", "worker starts", summary(settings, build, identity));
	installRuntime(log);
	try {
		const connect = () => NativeConnection.connect({ address: temporal.address });
		const connection = await connectWithRetry(connect, { ...temporal, signal, log });
		const { buildId } = build;
		const worker = await createCpuWorker({ settings, connection, identity, buildId, bundle: paths.bundle });
		signal.throwIfAborted();
		await runWorker(worker, signal);
	} catch (error) {
		if (error !== signal.reason) throw error;
	}
	log("INFO", "worker stopped");
	return 0;
}

function refuseGpu({ mode }: Settings): void {
	if (mode !== "cpu")
		throw new EnvironmentError(`wrong environment: WORKER_MODE=${mode}: this build has no gpu activities`);
}

function summary(settings: Settings, build: BuildInfo, identity: string): Record<string, unknown> {
	const { temporal, baseTaskQueue, mode, cpuThreads, shutdownGraceSeconds, store } = settings;
	return {
		identity,
		...build,
		mode,
		queues: [taskQueue(baseTaskQueue, "cpu")],
		temporal: `${temporal.address}/${temporal.namespace}`,
		store: `${store.endpoint}/${store.bucket}`,
		keysFrom: store.keysFrom,
		cpuThreads,
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
