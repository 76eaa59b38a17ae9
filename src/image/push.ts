import type DockerClass from "dockerode";
import { UserError, messageOf } from "../errors/errors.ts";
import type { RegistryCredential } from "../registry/auth.ts";
import { DOCKER_LIMITS, daemonAt, followEvents, limitCalls, type DockerLimits } from "../system/docker-calls.ts";
import { loginServer } from "../system/docker-hub.ts";
import { refusalHint } from "../system/docker-refusal.ts";
import { pausing, retried } from "../system/retry.ts";
import { createPushProgress } from "./push-progress.ts";

const TRIES = 3;
const RETRY_MS = 2_000;
/** What the daemon passes on of a registry that cannot serve just then, or does not see everywhere what it has just taken. */
const PASSING = /unexpected HTTP status:? (?:429|50[234])|toomanyrequests|blob unknown|unknown blob/i;
/** The words of Go's net and net/http, in which the daemon is written, for a connection that was cut under a blob. */
const CUT =
	/connection reset by peer|broken pipe|\bEOF$|use of closed network connection|\b(?:read|write) tcp \S+: i\/o timeout/i;

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
	limits: DockerLimits = DOCKER_LIMITS,
	retryMs = RETRY_MS,
): Promise<ReadonlySet<string>> {
	const { default: Docker } = await import("dockerode");
	const docker: DockerClass = new Docker(daemonAt(job.daemon));
	limitCalls(docker, limits);
	const reference = `${job.host}/${job.repository}`;
	const authconfig = {
		serveraddress: loginServer(job.host),
		...(job.credential
			? { username: job.credential.username, password: job.credential.password.reveal() }
			: { username: "", password: "" }),
	};
	const image = docker.getImage(reference);
	const progress = createPushProgress();
	const push = async () => {
		const stream = await image.push({ tag: job.tag, authconfig: { ...authconfig }, abortSignal: signal });
		await followEvents(stream, signal, (event) => report(progress.add(event)), limits);
	};
	try {
		// What the registry has by then does not travel again.
		await retried(
			push,
			(outcome, tries) =>
				!outcome.ok && tries < TRIES && isPassing(messageOf(outcome.error)) ? retryMs * 2 ** (tries - 1) : undefined,
			pausing(signal),
		);
	} catch (error) {
		signal.throwIfAborted();
		const detail = messageOf(error);
		throw new UserError("push_failed", `${reference}:${job.tag} could not be pushed by ${job.daemon}: ${detail}`, {
			hint: refusalHint(detail) ?? "cres doctor",
			cause: error,
		});
	}
	return progress.sent();
}

const isPassing = (words: string): boolean => PASSING.test(words) || CUT.test(words);
