import { UserError } from "../../errors/errors.ts";
import type { Origin } from "../services.ts";
import { assertPortsFree } from "../port-holder.ts";
import { awaitHealth } from "./await-health.ts";
import { environmentOf } from "./environment.ts";
import { readStart, removeStart, writeStart } from "./record.ts";
import type { Source, SourceOptions } from "./source.ts";

type Docker = Extract<Origin, { kind: "docker" }>["docker"];

const LABEL = "cres.control";
const FORMAT = `{{.Id}}\t{{.State.Running}}\t{{.State.StartedAt}}\t{{.State.ExitCode}}\t{{with .Config.Labels}}{{index . "${LABEL}"}}{{end}}`;
const ANSWER_MS = 60_000;
/** An image may have to be pulled. */
const RUN_MS = 600_000;

interface Container {
	id: string;
	runs: boolean;
	startedAt: string;
	exit: string;
	label: string;
}

/** A container of this machine's Docker daemon: one that is there, or one that cres makes of an image and removes. */
export function dockerSource(options: SourceOptions, docker: Docker): Source {
	const { ports, service, folder } = options;
	const container = docker.container ?? `cres-control-${ports.config.project}-${service.name}`;
	const calls = dockerCalls(options);
	const inspect = () => calls.inspect(container);
	const isOurs = async (found: Container): Promise<boolean> => {
		if (docker.image !== undefined) return found.label === folder;
		const record = await readStart(folder, service.name);
		return record?.id === found.id && record.startedAt === found.startedAt;
	};
	let exit: string | undefined;
	const check = async () => {
		const found = await inspect();
		if (found?.runs) return;
		exit = found && `exit ${found.exit}`;
		throw new UserError("service_ended", `${service.name} ended (${exit ?? "gone"}) before it was ready`, {
			hint: `docker logs --tail 50 ${container}`,
		});
	};
	return {
		async look() {
			const found = await inspect();
			return found?.runs ? { runs: true, ours: await isOurs(found) } : { runs: false };
		},
		async start(how) {
			const found = await inspect();
			if (!found?.runs) {
				await assertPortsFree(ports, service);
				how.begin();
				const start = { options, container, found, signal: how.signal };
				if (docker.image === undefined) await startExisting(calls, start);
				else await runImage(calls, { ...docker, image: docker.image }, start);
				const started = await inspect();
				if (started?.runs) await writeStart(folder, service.name, started);
			}
			await awaitHealth(options, how, { check, hint: `docker logs --tail 50 ${container}` });
		},
		async stop(signal) {
			const found = await inspect();
			if (!found?.runs) return "was-stopped";
			if (!(await isOurs(found))) return "not-ours";
			await calls.must(["stop", "--time", "20", container], ANSWER_MS, { signal });
			if (docker.image !== undefined) await calls.must(["rm", "--force", container], ANSWER_MS);
			await removeStart(folder, service.name);
			return "stopped";
		},
		ended: () => exit,
		log: { container },
	};
}

interface Start {
	options: SourceOptions;
	container: string;
	found: Container | undefined;
	signal: AbortSignal;
}

async function startExisting(calls: Calls, { options, container, found, signal }: Start) {
	const { name } = options.service;
	if (found) return calls.must(["start", container], ANSWER_MS, { signal });
	throw new UserError("service_not_started", `${name} cannot be started: Docker has no container ${container}`, {
		hint: `make it (docker create --name ${container} …), or give control.services.${name}.docker an image`,
	});
}

/** What ended is made again: cres.yaml may have changed. Values reach docker by its environment, never by arguments. */
async function runImage(calls: Calls, docker: Docker & { image: string }, start: Start) {
	const { options, container, found, signal } = start;
	const { service, folder, ports } = options;
	if (found && found.label !== folder)
		throw new UserError(
			"service_not_started",
			`${service.name} cannot be started: the container ${container} is not ours`,
			{
				hint: `docker rm ${container}, if nobody needs it`,
			},
		);
	if (found) await calls.must(["rm", container], ANSWER_MS);
	const env = environmentOf(ports.config, service);
	const flags = [
		...["--detach", "--name", container, "--label", `${LABEL}=${folder}`],
		...Object.keys(env).flatMap((name) => ["--env", name]),
		...docker.publish.flatMap((port) => ["--publish", port]),
		...docker.volumes.flatMap((volume) => ["--volume", volume]),
	];
	await calls.must(["run", ...flags, docker.image, ...docker.args], RUN_MS, { env, signal });
}

interface How {
	env?: Record<string, string>;
	/** Ends the call; Docker may go on. */
	signal?: AbortSignal | undefined;
}

interface Calls {
	/** Undefined: there is none of that name. */
	inspect(container: string): Promise<Container | undefined>;
	must(args: readonly string[], timeoutMs: number, how?: How): Promise<void>;
}

function dockerCalls({ ports, service }: SourceOptions): Calls {
	const docker = async (args: readonly string[], timeoutMs: number, how: How = {}) => {
		const file = await ports.findProgram("docker");
		if (file === undefined)
			throw new UserError("docker_missing", `${service.name} needs Docker, and docker is not on the PATH`, {
				hint: "install Docker, then cres doctor",
			});
		const { env = {}, signal } = how;
		return ports.shell.run(file, args, { timeoutMs, env, ...(signal && { signal }) });
	};
	return {
		async inspect(container) {
			const { exitCode, stdout, stderr } = await docker(
				["inspect", "--type", "container", "--format", FORMAT, container],
				ANSWER_MS,
			);
			if (exitCode === 0) return containerFrom(stdout);
			if (/no such (container|object)/i.test(stderr)) return undefined;
			throw new UserError("docker_unreachable", `Docker does not answer: ${firstLine(stderr)}`, {
				hint: "start Docker, then run the command again",
			});
		},
		async must(args, timeoutMs, how) {
			const { exitCode, stderr } = await docker(args, timeoutMs, how);
			if (exitCode === 0) return;
			throw new UserError("service_not_started", `docker ${args[0]} of ${service.name} fails: ${lastLine(stderr)}`, {
				hint: `correct control.services.${service.name} in cres.yaml, then run the command again`,
			});
		},
	};
}

function containerFrom(text: string): Container {
	const [id = "", running, startedAt = "", exit = "", label = ""] = text.replace(/\r?\n$/, "").split("\t");
	return { id, runs: running === "true", startedAt, exit, label };
}

const firstLine = (text: string): string => text.trim().split(/\r?\n/)[0] ?? "";
const lastLine = (text: string): string => text.trim().split(/\r?\n/).at(-1) ?? "";
