import { tmpdir } from "node:os";
import { type NativeConnection, Worker } from "@temporalio/worker";
import { DEPLOYMENT_NAME } from "../../src/contracts/build-info.ts";
import { taskQueue } from "../../src/contracts/queues.ts";
import type { Settings } from "../runtime/env.ts";
import { createVideoActivities } from "./activities/video.ts";
import { runProgram } from "./program.ts";
import { s3Store } from "./store.ts";

/** Workflows kept in memory between tasks, about 1 MB each. */
const CACHED_WORKFLOWS = 100;

export interface CpuWorkerOptions {
	settings: Settings;
	connection: NativeConnection;
	identity: string;
	buildId: string;
	/** Path of the prebuilt workflow bundle. */
	bundle: string;
}

/** The worker of `<base>@cpu`: workflows and cpu activities. */
export const createCpuWorker = ({
	settings,
	connection,
	identity,
	buildId,
	bundle,
}: CpuWorkerOptions): Promise<Worker> =>
	Worker.create({
		connection,
		identity,
		namespace: settings.temporal.namespace,
		taskQueue: taskQueue(settings.baseTaskQueue, "cpu"),
		workflowBundle: { codePath: bundle },
		activities: createVideoActivities({
			store: s3Store(settings.store),
			run: runProgram,
			scratchRoot: tmpdir(),
			worker: identity,
		}),
		// Unversioned routing; the build id still stands in every poll and heartbeat.
		workerDeploymentOptions: { useWorkerVersioning: false, version: { deploymentName: DEPLOYMENT_NAME, buildId } },
		shutdownGraceTime: `${settings.shutdownGraceSeconds}s`,
		shutdownForceTime: `${settings.shutdownGraceSeconds + 5}s`,
		maxConcurrentActivityTaskExecutions: settings.cpuThreads,
		maxCachedWorkflows: CACHED_WORKFLOWS,
		// Cancellation comes with the answer to a heartbeat: do not hold heartbeats back for longer.
		maxHeartbeatThrottleInterval: "3s",
	});
