import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import type { RegistryCredential } from "../../registry/auth.ts";
import { orMissing } from "./answers.ts";
import { pullProgress, type PullEvent } from "./pull-progress.ts";

/** Pulls by digest unless it is there. Rejects with the reason of the abort. */
export async function pull(
	docker: Docker,
	credential: RegistryCredential | undefined,
	reference: string,
	report: (text: string) => void,
	signal: AbortSignal,
): Promise<void> {
	if (await orMissing(docker.getImage(reference).inspect())) return;
	const authconfig = credential && {
		username: credential.username,
		password: credential.password.reveal(),
		serveraddress: reference.split("/")[0]!,
	};
	const stream = (await docker.pull(reference, {
		abortSignal: signal,
		...(authconfig ? { authconfig } : {}),
	})) as unknown as Duplex;
	const abort = () => stream.destroy(signal.reason as Error);
	signal.addEventListener("abort", abort, { once: true });
	const progress = pullProgress();
	let refusal: string | undefined;
	const look = (event: PullEvent) => {
		refusal ??= event.errorDetail?.message ?? event.error;
		report(progress(event));
	};
	try {
		await new Promise<void>((resolve, reject) => {
			stream.once("error", reject);
			docker.modem.followProgress(stream, (error) => (error ? reject(error) : resolve()), look);
		});
	} finally {
		signal.removeEventListener("abort", abort);
	}
	signal.throwIfAborted();
	if (refusal !== undefined) throw new Error(refusal);
	if (!(await orMissing(docker.getImage(reference).inspect())))
		throw new Error("the daemon reported success, but the image is not there");
}
