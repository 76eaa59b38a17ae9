import { realpath } from "node:fs/promises";
import { UserError } from "../errors/errors.ts";
import type { Shell } from "../system/shell.ts";

const LAST_WITH_BUILT_IN_BUILDKIT = 22; // from 23 on `docker build` is buildx, a plugin of its own

/** A docker client that can build, and the daemon it talks to. */
export interface DockerClient {
	file: string;
	/** Environment that makes it build with BuildKit, on the daemon's own builder. */
	env: Record<string, string>;
	/** Address of the daemon, such as `unix:///var/run/docker.sock`. */
	host: string;
	/** Name of the docker context; `default` is DOCKER_HOST or the local socket. */
	context: string;
	version: string;
	/** Version of the daemon. */
	server: string;
}

/**
 * The first docker client on PATH that can build with BuildKit and whose daemon answers.
 * @throws UserError docker_missing, docker_cannot_build, docker_unreachable
 */
export async function findDocker(shell: Shell, signal: AbortSignal): Promise<DockerClient> {
	const { default: which } = await import("which");
	const onPath = (await which("docker", { all: true, nothrow: true })) ?? [];
	const files = new Map<string, string>();
	for (const file of onPath) files.set(await realpath(file), file);
	if (files.size === 0)
		throw new UserError("docker_missing", "no docker client on PATH", {
			hint: "install Docker, then cres doctor",
		});
	const found = await Promise.all([...files.values()].map((file) => probe(shell, file, signal)));
	const builders = found.filter((client) => client.canBuild);
	const ready = builders.find((client) => client.server !== "");
	if (ready) return ready;
	throw builders[0] ? unreachable(builders[0]) : cannotBuild(found);
}

async function probe(shell: Shell, file: string, signal: AbortSignal): Promise<DockerClient & { canBuild: boolean }> {
	const ask = (...args: string[]) => shell.run(file, args, { signal, timeoutMs: 10_000 });
	const [client, server, context, buildx] = await Promise.all([
		ask("--version"),
		ask("version", "--format", "{{.Server.Version}}"),
		ask("context", "inspect", "--format", "{{.Name}}\t{{.Endpoints.docker.Host}}"),
		ask("buildx", "version"),
	]);
	const version = /(\d+)\.[\w.+-]*/.exec(client.stdout)?.[0] ?? "unknown";
	const [name = "", host = ""] = context.stdout.trim().split("\t");
	const builtIn = Number.parseInt(version) <= LAST_WITH_BUILT_IN_BUILDKIT;
	return {
		file,
		version,
		server: server.exitCode === 0 ? server.stdout.trim() : "",
		host,
		context: name,
		canBuild: builtIn || buildx.exitCode === 0,
		env: {
			DOCKER_BUILDKIT: "1",
			// buildx: the daemon's own builder, and no attestation, which would wrap the image into an index
			...(builtIn ? {} : { BUILDX_BUILDER: "default", BUILDX_NO_DEFAULT_ATTESTATIONS: "1" }),
		},
	};
}

/**
 * The push goes through the daemon's API, which is reached by a socket or by DOCKER_HOST alone: on the daemon of another
 * context it would find no image, or an older one.
 * @throws UserError docker_context_unsupported
 */
export function assertPushesFrom({ host, context }: Pick<DockerClient, "host" | "context">): void {
	if (context === "default" || context === "" || /^(?:unix|npipe):\/\//.test(host)) return;
	throw new UserError(
		"docker_context_unsupported",
		`the docker context ${context} builds on ${host}, from where cres cannot push`,
		{
			hint: "docker context use default, with DOCKER_HOST (and DOCKER_TLS_VERIFY, DOCKER_CERT_PATH) for a daemon behind TCP",
		},
	);
}

const unreachable = ({ host, file }: DockerClient) =>
	new UserError("docker_unreachable", `the Docker daemon ${host} does not answer ${file}`, {
		hint: "start Docker, or set DOCKER_HOST, then cres doctor",
	});

const cannotBuild = (clients: readonly DockerClient[]) =>
	new UserError(
		"docker_cannot_build",
		`no docker client on PATH has BuildKit: ${clients.map(({ file, version }) => `${file} (${version})`).join(", ")}`,
		{ hint: "install docker-buildx, then cres doctor" },
	);

export interface BuildSpec {
	/** Path inside the context. */
	dockerfile: string;
	/** `host/repository:tag` of the result. */
	tag: string;
	buildArgs: Readonly<Record<string, string>>;
	labels: Readonly<Record<string, string>>;
	noCache: boolean;
	/** PEM file that RUN steps may mount as secret `ca`. */
	caBundle: string | undefined;
	/** File that receives the image id. */
	idFile: string;
}

/** `docker build` that reads its context from standard input. */
export const buildArguments = (spec: BuildSpec): string[] => [
	"build",
	"--progress=plain",
	"--platform=linux/amd64",
	`--file=${spec.dockerfile}`,
	`--tag=${spec.tag}`,
	`--iidfile=${spec.idFile}`,
	...sorted(spec.buildArgs).flatMap((pair) => ["--build-arg", pair]),
	...sorted(spec.labels).flatMap((pair) => ["--label", pair]),
	...(spec.caBundle === undefined ? [] : ["--secret", `id=ca,src=${spec.caBundle}`]),
	...(spec.noCache ? ["--no-cache"] : []),
	"-",
];

const sorted = (values: Readonly<Record<string, string>>): string[] =>
	Object.keys(values)
		.sort()
		.map((name) => `${name}=${values[name]}`);
