import type Docker from "dockerode";
import { UserError, messageOf } from "../../errors/errors.ts";
import type { RegistryCredential } from "../../registry/auth.ts";
import { DOCKER_LIMITS, limitCalls, type DockerLimits } from "../../system/docker-calls.ts";
import { refusalHint } from "../../system/docker-refusal.ts";
import { ChannelAgent } from "../ssh/channel-agent.ts";
import type { SshSession } from "../ssh/session.ts";

/** What a connection to the machine of a daemon must be able to do. */
export type DaemonSession = Pick<SshSession, "exec" | "openSocket" | "onLost" | "close">;

export interface DockerHostOptions {
	/** Instance name, for messages. */
	name: string;
	/** Unix socket of the daemon on its machine. */
	socket: string;
	/** The machine of the daemon. */
	session: DaemonSession;
	/** Sent with each pull, in the X-Registry-Auth header. */
	credential: RegistryCredential | undefined;
	/** Ends the questions that are under way when it aborts. */
	signal?: AbortSignal;
	/** What a call may take; DOCKER_LIMITS unless given. */
	limits?: Partial<DockerLimits>;
}

/** A daemon behind its connection, and how it is asked. */
export interface Daemon {
	docker: Docker;
	session: DaemonSession;
	limits: DockerLimits;
	/** Rejects with why the connection was lost, else with UserError docker_failed: the daemon did not do `what`. */
	ask: <T>(what: string, call: () => Promise<T>) => Promise<T>;
	/** The same for what is read bit by bit: an end that is none is an error too. */
	read: <T>(what: string, items: AsyncIterable<T>) => AsyncIterable<T>;
	/** From now on an abort ends no question. */
	ignoreInterrupts: () => void;
	close: () => void;
}

/** Takes a while; whoever connects meanwhile loses no time. */
export const loadDocker = () => import("dockerode");

/** A daemon through channels of the session. Closing it closes the session. */
export async function openDaemon({ name, socket, session, signal, limits: given }: DockerHostOptions): Promise<Daemon> {
	const { default: Dockerode } = await loadDocker();
	const agent = new ChannelAgent(session, socket);
	const docker = new Dockerode({ protocol: "http", host: "docker", port: 80, agent } as Docker.DockerOptions);
	const limits = { ...DOCKER_LIMITS, ...given };
	const interrupt = new AbortController();
	const interrupted = () => interrupt.abort(signal?.reason);
	const ignoreInterrupts = () => signal?.removeEventListener("abort", interrupted);
	signal?.addEventListener("abort", interrupted, { once: true });
	limitCalls(docker, limits, interrupt.signal);
	const close = () => {
		ignoreInterrupts();
		agent.destroy();
		session.close();
	};
	return { docker, session, limits, ...askedBy(name, lossOf(session, agent)), ignoreInterrupts, close };
}

/** Why the connection was lost, once it was. */
function lossOf(session: DaemonSession, agent: ChannelAgent): () => UserError | undefined {
	let lost: UserError | undefined;
	session.onLost((error) => {
		lost = error;
		agent.destroy();
	});
	return () => lost;
}

const askedBy = (name: string, lost: () => UserError | undefined): Pick<Daemon, "ask" | "read"> => ({
	async ask(what, call) {
		try {
			return await call();
		} catch (error) {
			throw lost() ?? (error instanceof UserError ? error : dockerFailed(name, what, error));
		}
	},
	async *read(what, items) {
		try {
			yield* items;
		} catch (error) {
			throw lost() ?? dockerFailed(name, what, error);
		}
		const loss = lost();
		if (loss) throw loss;
	},
});

const dockerFailed = (name: string, what: string, cause: unknown) =>
	new UserError("docker_failed", `the Docker daemon of ${name} did not ${what}: ${messageOf(cause)}`, {
		hint:
			(what.startsWith("pull ") ? refusalHint(messageOf(cause)) : undefined) ??
			`cres logs ${name}, or look at the daemon: ssh to ${name} and run docker info`,
		cause,
	});
