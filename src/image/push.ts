import type { Readable } from "node:stream";
import type DockerClass from "dockerode";
import type { DockerOptions } from "dockerode";
import { UserError } from "../errors/errors.ts";
import type { RegistryCredential } from "../registry/auth.ts";
import { createPushProgress, type PushEvent } from "./push-progress.ts";

export interface PushJob {
	/** Address of the daemon, such as `unix:///var/run/docker.sock`. */
	daemon: string;
	/** Registry host. */
	host: string;
	repository: string;
	tag: string;
	credential: RegistryCredential | undefined;
}

/**
 * Pushes a tagged image from the daemon; the credential travels in the X-Registry-Auth header only.
 * Returns the short ids (first 12 digits of the diff id) of the layers that were sent.
 * @throws UserError push_failed
 */
export async function pushImage(
	job: PushJob,
	report: (text: string) => void,
	signal: AbortSignal,
): Promise<ReadonlySet<string>> {
	const { default: Docker } = await import("dockerode");
	const docker: DockerClass = new Docker(daemonOptions(job.daemon));
	const reference = `${job.host}/${job.repository}`;
	const authconfig = {
		serveraddress: job.host,
		...(job.credential
			? { username: job.credential.username, password: job.credential.password.reveal() }
			: { username: "", password: "" }),
	};
	const stream = (await docker.getImage(reference).push({ tag: job.tag, authconfig, abortSignal: signal })) as Readable;
	const progress = createPushProgress();
	await follow(docker, stream, signal, (event) => {
		const detail = event.errorDetail?.message ?? event.error;
		if (detail !== undefined)
			throw new UserError("push_failed", `${reference}:${job.tag} could not be pushed: ${detail}`, {
				hint: "cres doctor",
			});
		report(progress.add(event));
	});
	return progress.sent();
}

function follow(
	docker: DockerClass,
	stream: Readable,
	signal: AbortSignal,
	onEvent: (event: PushEvent) => void,
): Promise<void> {
	return new Promise((resolve, reject) => {
		const abort = () => stream.destroy(signal.reason as Error);
		signal.addEventListener("abort", abort, { once: true });
		const end = (error: unknown) => {
			signal.removeEventListener("abort", abort);
			if (error) reject(signal.aborted ? signal.reason : error);
			else resolve();
		};
		stream.on("error", end);
		docker.modem.followProgress(
			stream,
			(error) => end(error),
			(event: PushEvent) => {
				try {
					onEvent(event);
				} catch (error) {
					end(error);
				}
			},
		);
	});
}

/** Sockets are given by path; anything else is left to DOCKER_HOST and its companions, which the library reads. */
function daemonOptions(address: string): DockerOptions {
	const socket = /^(?:unix|npipe):\/\/(.+)$/.exec(address)?.[1];
	return socket === undefined ? {} : { socketPath: socket };
}
