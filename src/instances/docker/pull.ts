import type { IncomingMessage } from "node:http";
import type Docker from "dockerode";
import type { RegistryCredential } from "../../registry/auth.ts";
import { followEvents, type DockerLimits } from "../../system/docker-calls.ts";
import { loginServer } from "../../system/docker-hub.ts";
import { orMissing } from "./answers.ts";
import { pullProgress } from "./pull-progress.ts";

interface PullCall {
	report: (text: string) => void;
	signal: AbortSignal;
	limits: Pick<DockerLimits, "stallMs" | "eventBytes">;
}

/**
 * Pulls by digest unless it is there. Rejects with the daemon's own sentence when it broke off after it had answered 200,
 * and with the reason of the abort.
 */
export async function pull(
	docker: Docker,
	credential: RegistryCredential | undefined,
	reference: string,
	{ report, signal, limits }: PullCall,
): Promise<void> {
	if (await orMissing(docker.getImage(reference).inspect())) return;
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
	await followEvents(stream, signal, (event) => report(progress(event)), limits);
	if (!(await orMissing(docker.getImage(reference).inspect())))
		throw new Error("the daemon reported success, but the image is not there");
}
