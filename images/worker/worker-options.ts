import type { NativeConnection, WorkerOptions } from "@temporalio/worker";
import { DEPLOYMENT_NAME } from "../../src/contracts/build-info.ts";
import { type Role, taskQueue } from "../../src/contracts/queues.ts";
import type { Settings } from "../runtime/settings.ts";
import { dataConverter } from "../runtime/temporal/data-converter.ts";

export interface RoleWorkerOptions {
	settings: Settings;
	connection: NativeConnection;
	identity: string;
	buildId: string;
}

/** What the workers of both roles have in common. */
export const workerOptions = (
	role: Role,
	{ settings, connection, identity, buildId }: RoleWorkerOptions,
): WorkerOptions => ({
	connection,
	identity,
	namespace: settings.temporal.namespace,
	dataConverter: dataConverter(settings.temporal),
	taskQueue: taskQueue(settings.baseTaskQueue, role),
	// Unversioned routing; the build id still stands in every poll and heartbeat.
	workerDeploymentOptions: { useWorkerVersioning: false, version: { deploymentName: DEPLOYMENT_NAME, buildId } },
	shutdownGraceTime: `${settings.shutdownGraceSeconds}s`,
	shutdownForceTime: `${settings.shutdownGraceSeconds + 5}s`,
	// Cancellation comes with the answer to a heartbeat: do not hold heartbeats back for longer.
	maxHeartbeatThrottleInterval: "3s",
});
