import { setTimeout as delay } from "node:timers/promises";
import type Docker from "dockerode";
import { instanceSocket } from "../../../rehearsal/parts/instance.ts";
import { LABEL } from "../../../src/contracts/labels.ts";
import { MODELS_DIR } from "../../../src/contracts/models.ts";
import { expectedPollers, type Role } from "../../../src/contracts/queues.ts";
import type { Temporal } from "../../../src/temporal/temporal.ts";
import { temporalEnvironment, temporalOf } from "../../support/perimeter-temporal.ts";
import { mustRun } from "../measure.ts";
import type { BenchProject } from "../project.ts";

const LOOK_EVERY_MS = 10;
const PATIENCE_MS = 120_000;

const BOTH = ["cpu", "gpu"] as const;

export interface BoxOptions {
	/** Base of its task queues. */
	base: string;
	/** Change what every box gets. */
	environment?: Record<string, string>;
	/** Without models, where it is false; default: mounted. */
	models?: boolean;
	/** Host directory that is mounted at /bench. */
	mounted?: string;
	/** Of its workers; default: both. */
	roles?: readonly Role[];
	/** Instead of the image's own. */
	entrypoint?: readonly string[];
}

/** A container of the app image on the instance's daemon, with both roles. */
export interface Box {
	readonly id: string;
	readonly container: Docker.Container;
	/** Milliseconds since the epoch at which each queue and type was first seen polled by this container. */
	polling: () => Promise<Record<string, number>>;
	/** Everything it has printed, each line with docker's time stamp before it. */
	log: () => Promise<string[]>;
	/** Standard output of a command in it. */
	exec: (...argv: string[]) => Promise<string>;
	remove: () => Promise<void>;
}

interface Set {
	project: BenchProject;
	temporal: Temporal;
	image: string;
	bucket: string;
	models: string;
	run: string;
}

/** Creates the container; nothing is started. By the label of bench projects it goes with the project at the latest. */
export async function makeBox(set: Set, options: BoxOptions): Promise<Box> {
	const { docker, perimeter } = set.project;
	const container = await docker.createContainer(specOf(set, options));
	const { id } = container;
	const cli = (...argv: string[]) => mustRun("docker", ["-H", `unix://${instanceSocket(perimeter)}`, ...argv]);
	return {
		id,
		container,
		polling: () => firstPolls(set.temporal, expectedPollers(options.base, options.roles ?? BOTH), id),
		async log() {
			const { stdout, stderr } = await cli("logs", "--timestamps", id);
			return `${stdout}${stderr}`.split("\n");
		},
		exec: async (...argv) => (await cli("exec", id, ...argv)).stdout,
		remove: () =>
			container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
				if (error.statusCode !== 404) throw error;
			}),
	};
}

function specOf(set: Set, options: BoxOptions): Docker.ContainerCreateOptions {
	const { base, environment, models = true, mounted, roles = BOTH, entrypoint } = options;
	const mode = roles.length > 1 ? "both" : roles[0]!;
	const given = { ...environmentOf(set, base), WORKER_MODE: mode, ...environment };
	const binds = [
		...(models ? [`${set.models}:${MODELS_DIR}`] : []),
		...(mounted === undefined ? [] : [`${mounted}:/bench:ro`]),
	];
	return {
		Image: set.image,
		...(entrypoint === undefined ? {} : { Entrypoint: [...entrypoint] }),
		Env: Object.entries(given).map((pair) => pair.join("=")),
		Labels: { [LABEL.project]: "bench" },
		HostConfig: { Init: true, Binds: binds },
	};
}

function environmentOf({ project: { perimeter }, bucket, run }: Set, base: string): Record<string, string> {
	const { bridge, ports, credentials } = perimeter;
	return {
		...temporalEnvironment(temporalOf(perimeter, bridge.gateway)),
		MINIO_ENDPOINT: `${bridge.gateway}:${ports.store}`,
		MINIO_ACCESS_KEY: credentials.store.accessKey,
		MINIO_SECRET_KEY: credentials.store.secretKey,
		MINIO_BUCKET: bucket,
		BASE_TASK_QUEUE: base,
		GPU_PRETEND: "1",
		EGRESS_ALLOW: `${bridge.gateway}/32`,
		WORKER_INSTANCE_NAME: `bench-${run}`,
	};
}

/** As Temporal's DescribeTaskQueue tells; identities end in the first digits of the container's id. */
async function firstPolls(
	temporal: Temporal,
	expected: ReturnType<typeof expectedPollers>,
	id: string,
): Promise<Record<string, number>> {
	const seen: Record<string, number> = {};
	const deadline = Date.now() + PATIENCE_MS;
	while (Object.keys(seen).length < expected.length) {
		if (Date.now() > deadline) throw new Error(`${id} polls ${Object.keys(seen).join(", ") || "nothing"} after 2 min`);
		await Promise.all(
			expected.map(async ({ queue, type, role }) => {
				const { pollers } = await temporal.queueStatus(queue, type);
				if (pollers.some(({ identity }) => identity.endsWith(`-${id.slice(0, 8)}`)))
					seen[`${role} ${type}`] ??= Date.now();
			}),
		);
		await delay(LOOK_EVERY_MS);
	}
	return seen;
}

/** Brings the image to the instance's daemon; returns its reference there. */
export async function pullImage({ docker, perimeter }: BenchProject, digest: string): Promise<string> {
	const serveraddress = `${perimeter.bridge.gateway}:${perimeter.ports.registry}`;
	const reference = `${serveraddress}/cres/worker@${digest}`;
	const authconfig = { ...perimeter.credentials.registry, serveraddress };
	const stream = (await docker.pull(reference, { authconfig })) as NodeJS.ReadableStream;
	await new Promise<void>((resolve, reject) =>
		docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve())),
	);
	return reference;
}
