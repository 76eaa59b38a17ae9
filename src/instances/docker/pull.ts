import type { IncomingMessage } from "node:http";
import type Docker from "dockerode";
import type { RegistryCredential } from "../../registry/auth.ts";
import { followEvents, type DaemonEvent, type DockerLimits } from "../../system/docker-calls.ts";
import { loginServer } from "../../system/docker-hub.ts";
import { orMissing } from "./answers.ts";
import { pullProgress } from "./pull-progress.ts";

interface PullCall {
	report: (text: string) => void;
	signal: AbortSignal;
	limits: Pick<DockerLimits, "stallMs" | "eventBytes">;
}

/** Whether the daemon has an image under that name (Docker Engine API, GET /images/{name}/json). */
export const hasImage = async (docker: Docker, reference: string): Promise<boolean> =>
	(await orMissing(docker.getImage(reference).inspect())) !== undefined;

/** What the daemon says last of an image that it has now (moby, distribution/pull_v2.go, and daemon/containerd/image_pull.go). */
const HAS_IT = /^Status: (?:Downloaded newer image|Image is up to date) for /;

/**
 * Pulls by digest. Rejects with the daemon's own sentence when it broke off after it had answered 200,
 * and with the reason of the abort.
 */
export async function pull(
	docker: Docker,
	credential: RegistryCredential | undefined,
	reference: string,
	{ report, signal, limits }: PullCall,
): Promise<void> {
	const authconfig = credential && {
		username: credential.username,
		password: credential.password.reveal(),
		serveraddress: loginServer(reference.split("/")[0]!),
	};
	const stream = (await docker.pull(reference, {
		abortSignal: signal,
		...(authconfig ? { authconfig } : {}),
	})) as IncomingMessage;
	const progress = pullProgress();
	let last = "";
	const onEvent = (event: DaemonEvent) => {
		last = event.status ?? "";
		report(progress(event));
	};
	await followEvents(stream, signal, onEvent, limits);
	if (!HAS_IT.test(last) && !(await hasImage(docker, reference)))
		throw new Error("the daemon reported success, but the image is not there");
}
