import type DockerClass from "dockerode";
import { UserError, messageOf } from "../errors/errors.ts";
import type { RegistryCredential } from "../registry/auth.ts";
import { DOCKER_LIMITS, daemonAt, followEvents, limitCalls, type DockerLimits } from "../system/docker-calls.ts";
import { loginServer } from "../system/docker-hub.ts";
import { refusalHint } from "../system/docker-refusal.ts";
import { pausing, retried, type Outcome } from "../system/retry.ts";
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
	const image = docker.getImage(referenceOf(job));
	const authconfig = loginOf(job);
	const progress = createPushProgress();
	const push = async () => {
		const stream = await image.push({ tag: job.tag, authconfig: { ...authconfig }, abortSignal: signal });
		await followEvents(stream, signal, (event) => report(progress.add(event)), limits);
	};
	const pauseAfter = (outcome: Outcome<void>, tries: number) =>
		!outcome.ok && tries < TRIES && isPassing(messageOf(outcome.error)) ? retryMs * 2 ** (tries - 1) : undefined;
	try {
		// What the registry has by then does not travel again.
		await retried(push, pauseAfter, pausing(signal));
	} catch (error) {
		signal.throwIfAborted();
		throw pushFailed(job, error);
	}
	return progress.sent();
}

const referenceOf = ({ host, repository }: PushJob): string => `${host}/${repository}`;

const loginOf = ({ host, credential }: PushJob) => ({
	serveraddress: loginServer(host),
	username: credential?.username ?? "",
	password: credential?.password.reveal() ?? "",
});

function pushFailed(job: PushJob, cause: unknown): UserError {
	const detail = messageOf(cause);
	const what = `${referenceOf(job)}:${job.tag} could not be pushed by ${job.daemon}`;
	return new UserError("push_failed", `${what}: ${detail}`, { hint: refusalHint(detail) ?? "cres doctor", cause });
}

const isPassing = (words: string): boolean => PASSING.test(words) || CUT.test(words);
