import type Docker from "dockerode";
import { LABEL } from "../../src/contracts/labels.ts";
import { messageOf } from "../../src/errors/errors.ts";
import { followEvents, type DaemonEvent, type DockerLimits } from "../../src/system/docker-calls.ts";
import { DaemonError, type Backing, type GenerationSpec } from "./backing.ts";
import { hasSsh, type ResolvedImage } from "./contract-state.ts";
import { textOfLog } from "./docker-log.ts";
import { PROXY_SSH_PORT, launch } from "./launcher.ts";
import { listenSilently } from "./ssh-server.ts";

/** Labels by which everything of a run is found again. */
const RUN = "fakevast.run";
const CONTRACT = "fakevast.contract";
const GENERATION = "fakevast.generation";

interface DockerBackingOptions {
	daemon: Docker;
	/** Value of the label of everything that is made. */
	run: string;
	/** How many times as fast as ours the platform's time runs. */
	factor: number;
	/** Of a pull, without progress. */
	limits?: DockerLimits | undefined;
}

/** Removes the containers and volumes of a run; safe to repeat. */
export async function removeRun(daemon: Docker, run: string): Promise<void> {
	const filters = { label: [`${RUN}=${run}`] };
	await removeContainers(daemon, filters);
	const { Volumes } = await daemon.listVolumes({ filters });
	for (const { Name } of Volumes ?? []) await daemon.getVolume(Name).remove({ force: true });
}

/** A real container a generation, on a real daemon. */
export function createDockerBacking({ daemon, run, factor, limits }: DockerBackingOptions): Backing {
	const silent = new Map<number, { close(): Promise<void> }>();
	const of = (contract: number) => ({ label: [`${RUN}=${run}`, `${CONTRACT}=${contract}`] });
	const find = async (contract: number) => {
		const [found] = await daemon.listContainers({ all: true, filters: of(contract) });
		return found && daemon.getContainer(found.Id);
	};
	const hush = async (contract: number) => {
		await silent.get(contract)?.close();
		silent.delete(contract);
	};
	return {
		pull: (reference, login, report) => pull({ daemon, limits }, reference, login, report),
		holds: async ({ imageId = "" }) =>
			(await daemon
				.getImage(imageId)
				.inspect()
				.catch(() => undefined)) !== undefined,
		async create(spec) {
			const { id } = await start(daemon, run, spec, factor);
			const port = spec.ports["22/tcp"];
			if (spec.quirks.sshTimeout && port !== undefined) silent.set(spec.contract, await listenSilently(port));
			return { containerId: id, hostKey: "" };
		},
		async destroy(contract, andVolume) {
			await hush(contract);
			await removeContainers(daemon, of(contract));
			const { Volumes } = andVolume ? await daemon.listVolumes({ filters: of(contract) }) : {};
			for (const { Name } of Volumes ?? []) await daemon.getVolume(Name).remove({ force: true });
		},
		stop: async (contract) => void (await (await find(contract))?.stop({ t: 5 }).catch(unlessSo)),
		async start(contract) {
			const found = await find(contract);
			await found?.start().catch(unlessSo);
			return found !== undefined;
		},
		async log(contract) {
			const printed = await (await find(contract))?.logs({ stdout: true, stderr: true, follow: false });
			return printed === undefined ? "" : textOfLog(printed);
		},
		async authorize(contract, publicKey) {
			const script = `printf '%s\\n' "$1" >> /root/.ssh/authorized_keys`;
			const exec = await (await find(contract))?.exec({ Cmd: ["sh", "-c", script, "sh", publicKey] });
			await exec?.start({ Detach: true });
		},
		pollers: () => [],
		connections: () => 0,
		async close() {
			for (const contract of silent.keys()) await hush(contract);
			await removeRun(daemon, run);
		},
	};
}

/** 304: it is so already. */
function unlessSo(error: unknown): void {
	if ((error as { statusCode?: number }).statusCode !== 304) throw error;
}

async function removeContainers(daemon: Docker, filters: { label: string[] }): Promise<void> {
	for (const { Id } of await daemon.listContainers({ all: true, filters }))
		await daemon.getContainer(Id).remove({ force: true, v: true });
}

async function pull(
	{ daemon, limits }: Pick<DockerBackingOptions, "daemon" | "limits">,
	reference: string,
	login: string | null,
	report: (line: string) => void,
): Promise<ResolvedImage> {
	let digest = "";
	const onEvent = ({ id, status = "" }: DaemonEvent) => {
		digest = /^Digest: (\S+)$/.exec(status)?.[1] ?? digest;
		if (id) report(`${id}: ${status}`);
	};
	try {
		const authconfig = credentialIn(login);
		const stream = await daemon.pull(reference, authconfig ? { authconfig } : {});
		await followEvents(stream, new AbortController().signal, onEvent, limits);
	} catch (error) {
		throw daemonError(error);
	}
	const { Id, Config } = await daemon.getImage(reference).inspect();
	const buildId = Config.Labels?.[LABEL.buildId];
	return { reference, digest, imageId: Id, ...(buildId === undefined ? {} : { buildId }) };
}

/** As Docker's own client words it. */
const daemonError = (error: unknown) =>
	new DaemonError(
		`Error response from daemon: ${messageOf(error)
			.replace(/^\(HTTP code \d+\) [^-]* - /, "")
			.trim()}`,
	);

/** `-u USER -p TOKEN registry` */
function credentialIn(login: string | null) {
	const match = /^-u (\S+) -p (\S+)(?: (\S+))?$/.exec(login ?? "");
	return match && { username: match[1]!, password: match[2]!, serveraddress: match[3] ?? "docker.io" };
}

async function start(daemon: Docker, run: string, spec: GenerationSpec, factor: number): Promise<Docker.Container> {
	try {
		const container = await daemon.createContainer(await containerOptions(daemon, run, spec, factor));
		await container.start();
		return container;
	} catch (error) {
		throw daemonError(error);
	}
}

async function containerOptions(daemon: Docker, run: string, spec: GenerationSpec, factor: number) {
	const { contract, number, image, env, runtype, hostname, volume } = spec;
	const labels = { [RUN]: run, [CONTRACT]: String(contract) };
	if (volume) await daemon.createVolume({ Name: volumeName(run, volume.name), Labels: labels });
	const bindings = portBindings(spec);
	return {
		name: `fakevast-${run}-${contract}-g${number}`,
		Image: image.imageId ?? image.reference,
		Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
		User: "root",
		Labels: { ...labels, [GENERATION]: String(number) },
		ExposedPorts: Object.fromEntries(Object.keys(bindings).map((port) => [port, {}])),
		...(hostname === undefined ? {} : { Hostname: hostname }),
		...(hasSsh(runtype) ? launch(spec, factor) : ownProgram(spec)),
		HostConfig: {
			PortBindings: bindings,
			Binds: volume ? [`${volumeName(run, volume.name)}:${volume.mountPath}`] : [],
			RestartPolicy: { Name: hasSsh(runtype) ? "no" : "always" },
		},
	};
}

const volumeName = (run: string, name: string): string => `fakevast-${run}-${name}`;

/** The image's own ENTRYPOINT, with arguments; an on-start overrides the program. */
const ownProgram = ({ onstart, args }: GenerationSpec) => ({
	...(onstart ? { Entrypoint: [onstart] } : {}),
	...(args.length > 0 ? { Cmd: [...args] } : {}),
});

/** A port whose sshd shall refuse or say nothing is not published: nobody, or somebody else, listens there. */
function portBindings({ ports, proxyTarget, quirks }: GenerationSpec) {
	const closed = quirks.sshRefused || quirks.sshTimeout;
	const mapped = Object.entries(ports).filter(([inside]) => !closed || inside !== "22/tcp");
	const all = proxyTarget === undefined ? mapped : [...mapped, [`${PROXY_SSH_PORT}/tcp`, proxyTarget] as const];
	return Object.fromEntries(all.map(([inside, port]) => [inside, [{ HostIp: "127.0.0.1", HostPort: String(port) }]]));
}
