import type { Duplex } from "node:stream";
import type Docker from "dockerode";
import { CONFINED } from "../../contracts/container.ts";
import { UserError, messageOf } from "../../errors/errors.ts";
import type { RegistryCredential } from "../../registry/auth.ts";
import { DOCKER_LIMITS, limitCalls, type DockerLimits } from "../../system/docker-calls.ts";
import { refusalHint } from "../../system/docker-refusal.ts";
import { ChannelAgent } from "../ssh/channel-agent.ts";
import { ignoring, orMissing, statusOf } from "./answers.ts";
import { attachIn } from "./attach.ts";
import { execIn } from "./exec.ts";
import { gpuRequest, readFacts, readFreeBytes } from "./host-facts.ts";
import { pull } from "./pull.ts";
import { logLines } from "./log-lines.ts";
import type {
	HostFacts,
	ContainerHost,
	ContainerSpec,
	ContainerState,
	LogOptions,
	StoredImage,
} from "./container-host.ts";
import { createVolume, labelFilters, listVolumes } from "./volumes.ts";
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

/** Takes a while; whoever connects meanwhile loses no time. */
export const loadDocker = () => import("dockerode");

/** The Docker daemon of an instance, spoken to through channels of its one connection. */
export async function createDockerHost(options: DockerHostOptions): Promise<ContainerHost> {
	const { default: Dockerode } = await loadDocker();
	const agent = new ChannelAgent(options.session, options.socket);
	const docker = new Dockerode({ protocol: "http", host: "docker", port: 80, agent } as Docker.DockerOptions);
	const limits = { ...DOCKER_LIMITS, ...options.limits };
	const interrupt = new AbortController();
	const interrupted = () => interrupt.abort(options.signal?.reason);
	options.signal?.addEventListener("abort", interrupted, { once: true });
	limitCalls(docker, limits, interrupt.signal);
	let lost: UserError | undefined;
	let known: HostFacts | undefined;
	options.session.onLost((error) => {
		lost = error;
		agent.destroy();
	});
	const ask = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
		try {
			return await call();
		} catch (error) {
			throw lost ?? (error instanceof UserError ? error : dockerFailed(options.name, what, error));
		}
	};
	const stateOfContainer = async (id: string) => {
		const found = await orMissing(docker.getContainer(id).inspect());
		return found && stateOf(found);
	};
	return {
		facts: () => ask("read its facts", async () => (known = await readFacts(docker, options.session))),
		freeBytes: (dataRoot) => ask("tell its free space", () => readFreeBytes(options.session, dataRoot)),
		containers: (labels, likely) =>
			ask("list containers", async () => {
				const guess = Promise.resolve(likely === undefined ? undefined : stateOfContainer(likely));
				const listing = docker.listContainers({ all: true, filters: labelFilters(labels) });
				const [listed, guessed] = await Promise.all([listing, guess]);
				const lookAt = async (id: string) => (guessed?.id === id ? guessed : stateOfContainer(id));
				const states = await Promise.all(listed.map(({ Id }) => lookAt(Id)));
				return states.filter((state) => state !== undefined);
			}),
		listed: (labels) =>
			ask("list containers", async () => {
				const found = await docker.listContainers({ all: true, filters: labelFilters(labels) });
				return found.map(({ Id, Names, Labels }) => ({
					id: Id,
					name: (Names[0] ?? "").replace(/^\//, ""),
					labels: Labels,
				}));
			}),
		container: (id) => ask("look at a container", () => stateOfContainer(id)),
		environment: (id) =>
			ask("tell an environment", async () => {
				const { Env } = (await docker.getContainer(id).inspect()).Config;
				return Object.fromEntries(Env.map((line) => [line.split("=", 1)[0]!, line.slice(line.indexOf("=") + 1)]));
			}),
		pull: (reference, report, signal) =>
			ask(`pull ${reference}`, () => pull(docker, options.credential, reference, { report, signal, limits })),
		create: (spec) =>
			ask("create a container", async () =>
				create(docker, spec, spec.gpu ? [gpuRequest(known ?? (await readFacts(docker, options.session)))] : undefined),
			),
		start: (id) => ask("start a container", () => ignoring([304], docker.getContainer(id).start())),
		stop: (id, graceMs) =>
			ask("stop a container", () =>
				ignoring([304, 404], docker.getContainer(id).stop({ t: Math.ceil(graceMs / 1000) })),
			),
		remove: (id) =>
			ask("remove a container", () => ignoring([404, 409], docker.getContainer(id).remove({ force: true, v: true }))),
		exec: (id, argv, options) =>
			ask("run a program", () => execIn(docker, id, argv, options)).catch((error: unknown) => {
				options.signal.throwIfAborted();
				throw error;
			}),
		attach: (id, argv, streams) =>
			ask("run a program", () => attachIn(docker, id, argv, streams)).catch((error: unknown) => {
				streams.signal.throwIfAborted();
				throw error;
			}),
		async *logs(id, log) {
			try {
				yield* readLogs(docker, id, log);
			} catch (error) {
				throw lost ?? dockerFailed(options.name, "give a log", error);
			}
			if (lost) throw lost;
		},
		volumes: (labels) => ask("list volumes", () => listVolumes(docker, labels)),
		createVolume: (name, labels) => ask("make a volume", () => createVolume(docker, name, labels)),
		removeVolume: (name) => ask("remove a volume", () => ignoring([404], docker.getVolume(name).remove())),
		now: () =>
			ask("tell the time", async () => Date.parse(((await docker.info()) as { SystemTime: string }).SystemTime)),
		images: (label) => ask("list images", () => listImages(docker, label)),
		removeImage: (reference) =>
			ask("remove an image", async () => {
				try {
					await docker.getImage(reference).remove();
					return true;
				} catch (error) {
					if (statusOf(error) === 409) return false;
					if (statusOf(error) === 404) return true;
					throw error;
				}
			}),
		onLost: (listener) => options.session.onLost(listener),
		ignoreInterrupts: () => options.signal?.removeEventListener("abort", interrupted),
		close: () => {
			options.signal?.removeEventListener("abort", interrupted);
			agent.destroy();
			options.session.close();
		},
	};
}

async function create(
	docker: Docker,
	spec: ContainerSpec,
	devices: ReturnType<typeof gpuRequest>[] | undefined,
): Promise<string> {
	const secrets = Object.entries(spec.secrets).map(([name, value]) => `${name}=${value.reveal()}`);
	const clear = Object.entries(spec.env).map(([name, value]) => `${name}=${value}`);
	const container = await docker.createContainer({
		name: spec.name,
		Image: spec.image,
		Env: [...clear, ...secrets],
		Labels: { ...spec.labels },
		HostConfig: {
			...CONFINED,
			RestartPolicy: { Name: "unless-stopped" },
			LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
			...(spec.memoryMb === undefined ? {} : { Memory: spec.memoryMb * 2 ** 20 }),
			...(devices ? { DeviceRequests: devices } : {}),
		},
	});
	const [{ Image }, { Id }] = await Promise.all([container.inspect(), docker.getImage(spec.image).inspect()]);
	if (Image === Id) return container.id;
	await container.remove({ force: true });
	throw new Error(`the container got image ${Image} instead of ${Id}`);
}

const stateOf = (found: Docker.ContainerInspectInfo): ContainerState => ({
	id: found.Id,
	name: found.Name.replace(/^\//, ""),
	state: found.State.Status,
	restarts: found.RestartCount,
	exitCode: found.State.ExitCode,
	startedAt: Date.parse(found.State.StartedAt),
	labels: found.Config.Labels,
	address: Object.values(found.NetworkSettings?.Networks ?? {}).find(({ IPAddress }) => IPAddress)?.IPAddress ?? null,
});

async function listImages(docker: Docker, label: string): Promise<StoredImage[]> {
	const options = { filters: { label: [label] }, "shared-size": true }; // Engine API 1.42; older ones ignore it
	const listed = await docker.listImages(options);
	return listed.map((image) => ({
		id: image.Id,
		references: image.RepoDigests ?? [],
		createdAt: image.Created,
		labels: image.Labels ?? {},
		bytes: image.Size - Math.max(0, image.SharedSize ?? 0),
	}));
}

async function* readLogs(
	docker: Docker,
	id: string,
	{ tail, follow, since, signal }: LogOptions,
): AsyncIterable<string> {
	const from = since === undefined ? {} : { since: Math.floor(since / 1000) };
	const options = { stdout: true, stderr: true, timestamps: true, tail, ...from } as const;
	const container = docker.getContainer(id);
	if (!follow) return yield* logLines([await container.logs({ ...options, follow: false })]);
	const stream = (await container.logs({ ...options, follow: true })) as Duplex;
	if (signal?.aborted) return void stream.destroy(); // it came while the daemon was asked
	signal?.addEventListener("abort", () => stream.destroy(), { once: true });
	try {
		yield* logLines(stream);
	} catch (error) {
		if (!signal?.aborted) throw error;
	}
}

const dockerFailed = (name: string, what: string, cause: unknown) =>
	new UserError("docker_failed", `the Docker daemon of ${name} did not ${what}: ${messageOf(cause)}`, {
		hint:
			(what.startsWith("pull ") ? refusalHint(messageOf(cause)) : undefined) ??
			`cres logs ${name}, or look at the daemon: ssh to ${name} and run docker info`,
		cause,
	});
