import { setTimeout as delay } from "node:timers/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { instanceKey } from "../../rehearsal/parts/instance.ts";
import { expectedPollers } from "../../src/contracts/queues.ts";
import type { Build } from "../../src/image/build.ts";
import { connectTemporal, type Temporal } from "../../src/temporal/temporal.ts";
import { temporalOf, toolkitConnection } from "../support/perimeter-temporal.ts";
import { withClone, type Clone } from "./clone.ts";
import { mustRun } from "./measure.ts";
import { BENCH_QUEUE, prepare, removeContainers, withProject, type BenchProject } from "./project.ts";

const LOOK_EVERY_MS = 20;
const GRACE_SECONDS = 20;

/** Milliseconds of the least that brings a container to polling, with connections open already. */
export interface ByHand {
	pull: number;
	/** Create and start. */
	start: number;
	poll: number;
	/** All of these. */
	total: number;
	/** Afterwards: `docker stop`, and the container is gone. */
	stop: number;
}

const reference = ({ perimeter: { bridge, ports } }: BenchProject, digest: string): string =>
	`${bridge.gateway}:${ports.registry}/cres/worker@${digest}`;

/** Two images that differ from each other by a line of activity code, built and pushed. */
async function changedImages({ json }: BenchProject, clone: Pick<Clone, "change">): Promise<readonly [string, string]> {
	const change = async () => {
		await clone.change("activity");
		const { images } = await json<Build>("build", "app", "--push");
		return images[0]!.digest!;
	};
	return [await change(), await change()];
}

/** A new project with two such images; what `work` leaves on the instance is removed. */
export const withChangedImages = (
	root: string,
	work: (project: BenchProject, images: readonly [string, string]) => Promise<void>,
): Promise<void> =>
	withClone(root, (clone) =>
		withProject(root, { context: clone.directory }, async (project) => {
			await prepare(project);
			const images = await changedImages(project, clone);
			try {
				await work(project, images);
			} finally {
				await removeContainers(project.docker);
				for (const image of images) await removeImage(project, image);
			}
		}),
	);

/** Removes an image from the instance; one that is not there is no error. */
export async function removeImage(project: BenchProject, digest: string): Promise<void> {
	await project.docker
		.getImage(reference(project, digest))
		.remove()
		.catch((error: { statusCode?: number }) => {
			if (error.statusCode !== 404) throw error;
		});
}

/** Pulls `digest`, runs it as the container `like` runs, waits until it polls both queues, and removes it. */
export async function runByHand(project: BenchProject, like: string, digest: string): Promise<ByHand> {
	const { docker, perimeter } = project;
	const model = await docker.getContainer(like).inspect();
	const temporal = await connectTemporal(toolkitConnection(temporalOf(perimeter)));
	await temporal.namespaceExists();
	try {
		const started = performance.now();
		await pull(project, digest);
		const pulled = performance.now();
		const { Env, Labels, Volumes } = model.Config;
		const Image = reference(project, digest);
		const container = await docker.createContainer({ Image, Env, HostConfig: model.HostConfig, Labels, Volumes });
		const { running, polling, ended } = await lifeOf(container, temporal);
		return {
			...{ pull: pulled - started, start: running - pulled, poll: polling - running, total: polling - started },
			stop: ended - polling,
		};
	} finally {
		await temporal.close();
	}
}

/** Starts a container, stops it when it polls and removes it. When it had come how far. */
async function lifeOf(container: Docker.Container, temporal: Temporal) {
	try {
		await container.start();
		const running = performance.now();
		while (!(await polls(temporal, container.id))) await delay(LOOK_EVERY_MS);
		const polling = performance.now();
		await container.stop({ t: GRACE_SECONDS });
		return { running, polling, ended: performance.now() };
	} finally {
		await container.remove({ force: true, v: true });
	}
}

/** Milliseconds of one login with OpenSSH that lists the running containers: the least that tells what runs there. */
export async function lookByHand({ perimeter, directory }: BenchProject): Promise<number> {
	const options = ["StrictHostKeyChecking=no", `UserKnownHostsFile=${join(directory, "known")}`, "LogLevel=ERROR"];
	const flags = [
		"-p",
		`${perimeter.ports.ssh}`,
		"-i",
		instanceKey(perimeter),
		...options.flatMap((one) => ["-o", one]),
	];
	return (await mustRun("ssh", [...flags, "root@127.0.0.1", "docker", "ps"])).ms;
}

async function pull(project: BenchProject, digest: string): Promise<void> {
	const { docker, perimeter } = project;
	const serveraddress = `${perimeter.bridge.gateway}:${perimeter.ports.registry}`;
	const authconfig = { ...perimeter.credentials.registry, serveraddress };
	const stream = (await docker.pull(reference(project, digest), { authconfig })) as NodeJS.ReadableStream;
	await new Promise<void>((resolve, reject) =>
		docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve())),
	);
}

/** Identities end in the first digits of the container's id. */
async function polls(temporal: Temporal, id: string): Promise<boolean> {
	const queues = await Promise.all(
		expectedPollers(BENCH_QUEUE, ["cpu"]).map(({ queue, type }) => temporal.queueStatus(queue, type)),
	);
	return queues.every(({ pollers }) => pollers.some(({ identity }) => identity.endsWith(`-${id.slice(0, 8)}`)));
}
