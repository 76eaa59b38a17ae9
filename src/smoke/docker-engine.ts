import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { CONFINED, confinement } from "../contracts/container.ts";
import { LABEL } from "../contracts/labels.ts";
import { UserError, messageOf } from "../errors/errors.ts";
import { ignoring, orMissing } from "../instances/docker/answers.ts";
import { attachIn } from "../instances/docker/attach.ts";
import { createContainer, LOG_CONFIG } from "../instances/docker/create.ts";
import { execIn } from "../instances/docker/exec.ts";
import { gpuRequest, readFacts } from "../instances/docker/host-facts.ts";
import { logLines } from "../instances/docker/log-lines.ts";
import { pull } from "../instances/docker/pull.ts";
import type { RegistryCredential } from "../registry/auth.ts";
import { DOCKER_LIMITS, daemonAt, limitCalls, type DockerLimits } from "../system/docker-calls.ts";
import { refusalHint } from "../system/docker-refusal.ts";
import type { ContainerOrder, Engine, SeenContainer, Thing } from "./engine.ts";
import { firstFile } from "./tar.ts";

export interface EngineOptions {
	/** Address of the daemon, such as `unix:///var/run/docker.sock`; others are left to DOCKER_HOST. */
	host: string;
	/** Registry that the credential is for. */
	registry: string;
	credential: RegistryCredential | undefined;
	/** Ends the questions that are under way when it aborts. */
	signal: AbortSignal;
	limits?: Partial<DockerLimits>;
}

/** The operator's Docker daemon over its HTTP API. */
export async function openEngine({ host, registry, credential, signal, ...given }: EngineOptions): Promise<Engine> {
	const { default: Dockerode } = await import("dockerode");
	const docker: Docker = new Dockerode(daemonAt(host));
	const limits = { ...DOCKER_LIMITS, ...given.limits };
	limitCalls(docker, limits, signal);
	const ask: Ask = (what, call) =>
		call().catch((error: unknown) => {
			throw error instanceof UserError || signal.aborted ? error : failed(host, what, error);
		});
	return {
		host,
		...containerCalls(docker, ask),
		...programCalls(docker, ask),
		...fileCalls(docker, ask, (tar) => firstFile(tar, limits.answerMs, signal)),
		facts: () =>
			ask("tell what it is", async () => {
				const [info, { gpu }] = await Promise.all([docker.info() as Promise<Info>, readFacts(docker)]);
				return { version: info.ServerVersion, gpu, now: Date.parse(info.SystemTime) };
			}),
		pull: (reference, report, ended) =>
			ask(`pull ${reference}`, () => {
				const own = reference.startsWith(`${registry}/`) ? credential : undefined;
				return pull(docker, own, reference, { report, signal: ended, limits });
			}),
		createNetwork: (name, labels) =>
			ask("make a network", async () => (await docker.createNetwork({ Name: name, Labels: { ...labels } })).id),
		things: (id) => ask("list what smoke tests have made", () => listThings(docker, id)),
		remove: ({ kind, id }) =>
			ask(`remove a ${kind}`, async () => {
				if (kind === "network") await ignoring([404], docker.getNetwork(id).remove());
				else await ignoring([404, 409], docker.getContainer(id).remove({ force: true, v: true }));
			}),
	};
}

/** Rejects with UserError docker_failed: the daemon did not do `what`. */
type Ask = <T>(what: string, call: () => Promise<T>) => Promise<T>;

const containerCalls = (docker: Docker, ask: Ask): Pick<Engine, "create" | "start" | "container" | "stop" | "log"> => ({
	create: (order) => ask("create a container", () => create(docker, order)),
	start: (id) => ask("start a container", () => docker.getContainer(id).start() as Promise<void>),
	container: (id) =>
		ask("look at a container", async () => {
			const found = await orMissing(docker.getContainer(id).inspect());
			return found && seenOf(found);
		}),
	stop: (id, graceMs) =>
		ask("stop a container", async () => {
			const stopping = docker.getContainer(id).stop({ t: Math.ceil(graceMs / 1000) });
			await ignoring([304, 404], stopping);
		}),
	log: (id, lines) => lastLines(docker, id, lines).catch(() => []),
});

function programCalls(docker: Docker, ask: Ask): Pick<Engine, "exec" | "attach"> {
	const running = <T>(call: () => Promise<T>, ended: AbortSignal): Promise<T> =>
		ask("run a program", call).catch((error: unknown) => {
			ended.throwIfAborted();
			throw error;
		});
	return {
		exec: (id, argv, options) => running(() => execIn(docker, id, argv, options), options.signal),
		attach: (id, argv, streams) =>
			running(() => attachIn(docker, id, argv, { ...streams, terminal: undefined }), streams.signal),
	};
}

const fileCalls = (
	docker: Docker,
	ask: Ask,
	unpack: (tar: Readable) => ReturnType<typeof firstFile>,
): Pick<Engine, "read" | "has"> => ({
	read: (id, path) =>
		ask(`read ${path}`, async () => {
			const tar = await orMissing(docker.getContainer(id).getArchive({ path }));
			return tar && unpack(tar as Readable);
		}),
	has: (id, path) =>
		ask(`look for ${path}`, async () => {
			const answer = await orMissing(docker.getContainer(id).infoArchive({ path }) as Promise<NodeJS.ReadableStream>);
			answer?.resume();
			return answer !== undefined;
		}),
});

interface Info {
	ServerVersion: string;
	SystemTime: string;
}

async function create(docker: Docker, order: ContainerOrder): Promise<string> {
	const { name, image, labels, network, publish, entrypoint, command, gpu } = order;
	const { HostConfig, ...volumes } = order.confined ? confinement(order) : UNCONFINED;
	const { ports, bindings } = publishing(publish);
	return createContainer(docker, {
		name,
		Image: image,
		Env: environmentOf(order),
		Labels: { ...labels },
		...(entrypoint ? { Entrypoint: [...entrypoint] } : {}),
		...(command ? { Cmd: [...command] } : {}),
		...ports,
		...volumes,
		HostConfig: {
			...HostConfig,
			NetworkMode: network,
			LogConfig: LOG_CONFIG,
			...bindings,
			...(gpu ? { DeviceRequests: [gpuRequest(await readFacts(docker))] } : {}),
		},
	});
}

const UNCONFINED = { HostConfig: { Init: true, SecurityOpt: CONFINED.SecurityOpt } };

function environmentOf({ env = {}, secrets = {} }: ContainerOrder): string[] {
	const hidden = Object.entries(secrets).map(([name, value]) => [name, value.reveal()] as const);
	return [...Object.entries(env), ...hidden].map(([name, value]) => `${name}=${value}`);
}

/** A port of the container on any of loopback. */
function publishing(publish: number | undefined) {
	if (publish === undefined) return {};
	const port = `${publish}/tcp`;
	return {
		ports: { ExposedPorts: { [port]: {} } },
		bindings: { PortBindings: { [port]: [{ HostIp: "127.0.0.1", HostPort: "" }] } },
	};
}

function seenOf({ Id, Name, State, NetworkSettings: net }: Docker.ContainerInspectInfo): SeenContainer {
	const published = Object.values(net.Ports ?? {}).flatMap((bindings) => bindings ?? [])[0]?.HostPort;
	return {
		id: Id,
		name: Name.replace(/^\//, ""),
		state: State.Status,
		exitCode: State.ExitCode,
		outOfMemory: State.OOMKilled,
		address: Object.values(net.Networks ?? {})[0]?.IPAddress ?? "",
		published: published ? Number(published) : undefined,
	};
}

async function lastLines(docker: Docker, id: string, tail: number): Promise<string[]> {
	const log = await docker.getContainer(id).logs({ stdout: true, stderr: true, follow: false, tail });
	return Array.fromAsync(logLines([log]));
}

async function listThings(docker: Docker, id: string | undefined): Promise<Thing[]> {
	const filters = { label: [id === undefined ? LABEL.smoke : `${LABEL.smoke}=${id}`] };
	const [containers, networks] = await Promise.all([
		docker.listContainers({ all: true, filters }),
		docker.listNetworks({ filters }),
	]);
	return [
		...containers.map(({ Id, Names, Labels, Created }): Thing => {
			const name = (Names[0] ?? "").replace(/^\//, "");
			return { kind: "container", id: Id, name, labels: Labels, createdAt: Created * 1000 };
		}),
		...networks.map((one): Thing => {
			const { Id, Name, Labels, Created } = one as typeof one & { Created: string };
			return { kind: "network", id: Id, name: Name, labels: Labels ?? {}, createdAt: Date.parse(Created) };
		}),
	];
}

const failed = (host: string, what: string, cause: unknown) =>
	new UserError("docker_failed", `the Docker daemon at ${host} did not ${what}: ${messageOf(cause)}`, {
		hint: refusalHint(messageOf(cause)) ?? "docker info shows whether the daemon is well; cres doctor",
		cause,
	});
