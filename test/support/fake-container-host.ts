import { HEALTH_PROGRAM } from "../../src/contracts/health.ts";
import { LABEL } from "../../src/contracts/labels.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { ContainerHost } from "../../src/instances/docker/container-host.ts";
import type { ConnectHost } from "../../src/instances/docker/ports.ts";
import { digestOfBuild } from "./fake-registry.ts";
import type { FakeDaemon } from "./fake-daemon.ts";

const DATA_ROOT = "/var/lib/docker";
/** What HEALTH_PROGRAM prints in a container that is well. */
export const WELL = {
	...{ role: "compute", api: "ok", temporal: "ok", minio: "ok", llama: "down", whisper: "down" },
	...{ reasons: {}, pretended: false, buildId: "0123456789ab" },
};

/** A call that the daemon refuses, as docker-host.ts reports it. */
export const dockerFailed = (why: string) =>
	new UserError("docker_failed", `the Docker daemon did not do it: ${why}`, { hint: "look at the daemon" });

const lost = () => new UserError("connection_lost", "the ssh connection was lost", { hint: "cres status" });

/** Opens connections to a daemon, as `dockerInstance` takes it. */
export const connectTo =
	(daemon: FakeDaemon): ConnectHost =>
	async ({ name }, signal, dialled = () => {}) => {
		await daemon.reach("connect");
		signal.throwIfAborted();
		if (!daemon.reachable)
			throw new UserError("instance_unreachable", `${name} cannot be reached`, { hint: "cres doctor" });
		daemon.opened++;
		dialled();
		return containerHost(daemon);
	};

/** Answers a call, as long as the connection lasts and the daemon does not refuse. */
type Ask = <T>(call: keyof ContainerHost, answer: () => T | Promise<T>) => Promise<T>;

/** One connection: it lasts until it is closed or cut. */
export function containerHost(daemon: FakeDaemon): ContainerHost {
	const { generation } = daemon;
	let closed = false;
	const assertOpen = () => {
		if (closed || daemon.generation !== generation) throw lost();
	};
	const ask: Ask = async (call, answer) => {
		await daemon.pace();
		assertOpen();
		await daemon.reach(call);
		assertOpen();
		const answered = await answer();
		await daemon.pace();
		return answered;
	};
	return {
		ignoreInterrupts: () => {},
		...hostFacts(daemon, ask),
		...containerLooks(daemon, ask),
		...containerChanges(daemon, ask),
		...programs(daemon, ask),
		...volumes(daemon, ask),
		...images(daemon, ask),
		onLost: () => {},
		close: () => {
			if (!closed) daemon.closed++;
			closed = true;
		},
	};
}

function known(daemon: FakeDaemon, id: string) {
	const found = daemon.find(id);
	if (found) return found;
	throw dockerFailed(`no such container: ${id}`);
}

const carries = (own: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>) =>
	Object.entries(labels).every(([key, value]) => own[key] === value);

const hostFacts = (daemon: FakeDaemon, ask: Ask): Pick<ContainerHost, "facts" | "freeBytes" | "now"> => ({
	facts: () =>
		ask("facts", () => ({
			...{ platform: daemon.platform, gpu: daemon.gpu, dataRoot: DATA_ROOT },
			...(daemon.driverless ? { driverless: true as const } : {}),
		})),
	freeBytes: () => ask("freeBytes", () => daemon.freeBytes),
	now: () => ask("now", () => daemon.now()),
});

function containerLooks(
	daemon: FakeDaemon,
	ask: Ask,
): Pick<ContainerHost, "containers" | "listed" | "container" | "environment"> {
	const labelled = (labels: Readonly<Record<string, string>>) =>
		daemon.containers.filter(({ spec }) => carries(spec.labels, labels)).map((one) => daemon.stateOf(one));
	return {
		containers: (labels) => ask("containers", () => labelled(labels)),
		listed: (labels) => ask("listed", () => labelled(labels)),
		container: (id) =>
			ask("container", () => {
				const found = daemon.find(id);
				return found && daemon.stateOf(found);
			}),
		environment: (id) => ask("environment", () => known(daemon, id).env),
	};
}

const containerChanges = (
	daemon: FakeDaemon,
	ask: Ask,
): Pick<ContainerHost, "create" | "start" | "stop" | "remove"> => ({
	create: (spec) =>
		ask("create", () => {
			if (daemon.named(spec.name)) throw dockerFailed(`the name ${spec.name} is in use`);
			if (!daemon.images.has(spec.image)) throw dockerFailed(`no such image: ${spec.image}`);
			daemon.changes.push(`create ${spec.name}`);
			return daemon.create(spec).id;
		}),
	start: (id) =>
		ask("start", () => {
			const container = known(daemon, id);
			if (daemon.stateOf(container).state === "running") return;
			daemon.changes.push(`start ${container.spec.name}`);
			Object.assign(container, { startedAt: daemon.now(), stopped: false, restarts: 0 });
		}),
	stop: (id, graceMs) =>
		ask("stop", () => {
			const container = daemon.find(id);
			if (!container || !["running", "restarting"].includes(daemon.stateOf(container).state)) return;
			daemon.changes.push(`stop ${container.spec.name} within ${graceMs}`);
			container.stopped = true;
		}),
	remove: (id) =>
		ask("remove", () => {
			const container = daemon.find(id);
			if (!container) return;
			daemon.changes.push(`remove ${container.spec.name}`);
			daemon.containers.splice(daemon.containers.indexOf(container), 1);
		}),
});

const programs = (daemon: FakeDaemon, ask: Ask): Pick<ContainerHost, "exec" | "attach" | "logs"> => ({
	exec: (id, argv, { signal }) =>
		ask("exec", () => {
			signal.throwIfAborted();
			const container = known(daemon, id);
			const health = container.behaviour.health ?? { exitCode: 0, stdout: JSON.stringify(WELL) };
			if (argv.at(-1)?.includes("worker_pid=")) return { exitCode: 0, stdout: daemon.workerOf(container), stderr: "" };
			const said = argv.includes(HEALTH_PROGRAM) ? health : { exitCode: 0, stdout: argv.join(" ") };
			return { ...said, stderr: "" };
		}),
	attach: (id, argv, { stdout }) =>
		ask("attach", () => {
			known(daemon, id);
			stdout.write(argv.join(" "));
			return 3;
		}),
	async *logs(id, { tail, follow, signal }) {
		yield* await ask("logs", () => (known(daemon, id).behaviour.log ?? []).slice(-tail));
		if (follow) await new Promise((resolve) => signal!.addEventListener("abort", resolve, { once: true }));
	},
});

const volumes = (daemon: FakeDaemon, ask: Ask): Pick<ContainerHost, "volumes" | "createVolume" | "removeVolume"> => ({
	volumes: (labels) => ask("volumes", () => [...daemon.volumes.values()].filter((one) => carries(one.labels, labels))),
	createVolume: (name, labels) =>
		ask("createVolume", () => {
			const createdAt = Math.floor(daemon.now() / 1000) * 1000;
			const volume = daemon.volumes.get(name) ?? { name, labels, createdAt };
			daemon.volumes.set(name, volume);
			return volume;
		}),
	removeVolume: (name) => ask("removeVolume", () => void daemon.volumes.delete(name)),
});

const images = (daemon: FakeDaemon, ask: Ask): Pick<ContainerHost, "hasImage" | "pull" | "images" | "removeImage"> => ({
	hasImage: (reference) => ask("hasImage", () => daemon.images.has(reference)),
	pull: (reference, report, signal) =>
		ask("pull", () => {
			signal.throwIfAborted();
			const buildId = [...daemon.builds].find((one) => reference.endsWith(`@${digestOfBuild(one)}`));
			if (buildId === undefined) throw dockerFailed(`manifest unknown: ${reference}`);
			daemon.changes.push(`pull ${buildId}`);
			report("1.0/1.0 MB, 1 of 1 layers");
			const labels = { [LABEL.buildId]: buildId };
			daemon.images.set(reference, { id: buildId, references: [reference], createdAt: 0, bytes: 5e6, labels });
		}),
	images: (label) =>
		ask("images", () => [...daemon.images.values()].filter(({ labels }) => Object.hasOwn(labels, label))),
	removeImage: (reference) =>
		ask("removeImage", () => {
			if (daemon.containers.some(({ spec }) => spec.image === reference)) return false;
			daemon.changes.push(`remove image ${daemon.images.get(reference)?.id}`);
			return daemon.images.delete(reference);
		}),
});
