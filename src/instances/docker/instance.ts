import type { DockerInstance } from "../../config/schema.ts";
import { keyCheck } from "../ssh/key-check.ts";
import { connectSsh } from "../ssh/session.ts";
import type { ContainerPorts } from "../attached.ts";
import type { Instance } from "../instance.ts";
import { nothingRuns } from "../nothing-deployed.ts";
import type { InstancePorts } from "../ports.ts";
import { dockerChecks } from "./checks.ts";
import { openContainerHost } from "./connect.ts";
import type { ContainerHost, ContainerState } from "./container-host.ts";
import { isRunning, ourContainers } from "./containers.ts";
import { environment } from "./environment.ts";
import { instanceImages } from "./images.ts";
import { volumeLease } from "./lease.ts";
import { changeLife } from "./lifecycle.ts";
import { readLogs } from "./logs.ts";
import type { ConnectHost, DockerPorts } from "./ports.ts";
import { openRelay } from "./relay.ts";
import { running } from "./running.ts";
import { observe } from "./roll/observe.ts";
import { endpoint, sshTarget } from "./ssh-target.ts";

/** Any host with a Docker daemon behind ssh. */
export function dockerInstance(
	common: InstancePorts,
	name: string,
	settings: DockerInstance,
	connect: ConnectHost = openContainerHost,
): Instance {
	const hosts = oneHost((signal, dialled) => connect({ ...common, name, settings }, signal, dialled), common.signal);
	const lease = volumeLease({ ...common, name, host: hosts.open });
	const ports: DockerPorts = { ...common, name, settings, lease, host: hosts.open, reconnect: hosts.reopen };
	return {
		...{ name, settings },
		endpoint: () => endpoint(ports),
		sshTarget: () => sshTarget(ports),
		connect: async () => connectSsh(await sshTarget(ports), ports.signal),
		exec: (argv, options) => exec(ports, argv, options),
		attach: async (argv, streams) => (await ports.host()).attach((await theRunning(ports)).id, argv, streams),
		ports: () => containerPorts(ports),
		portHost: async () => (await theRunning(ports)).address ?? "127.0.0.1",
		logs: (options) => readLogs(ports, options),
		environment: () => environment(ports),
		running: (_polls, dialled) => running(ports, dialled),
		changeLife: (action, call) => changeLife(ports, action, call),
		lease,
		images: instanceImages(ports),
		roll: { observe: (look) => observe(ports, look) },
		checks: (machine) => [keyCheck(ports, machine), ...dockerChecks(ports)],
		close: hosts.close,
	};
}

async function exec(ports: DockerPorts, argv: readonly string[], options: { signal: AbortSignal; timeout: number }) {
	const host = await ports.host();
	return (await host.exec((await theRunning(ports)).id, argv, options)).stdout;
}

/** @throws UserError nothing_runs */
async function theRunning(ports: DockerPorts): Promise<ContainerState> {
	const container = (await ourContainers(await ports.host(), ports)).find(isRunning);
	if (container) return container;
	throw nothingRuns(ports.name);
}

/** Each connection goes to the container that runs then: a deploy may have come meanwhile. */
async function containerPorts(ports: DockerPorts): Promise<ContainerPorts> {
	const host = await ports.host();
	await theRunning(ports);
	return {
		async openPort(port) {
			const { id } = await theRunning(ports);
			return openRelay((argv, streams) => host.attach(id, argv, streams), port);
		},
		onLost: (listener) => host.onLost(listener),
		close: () => {}, // the connection is the instance's
	};
}

/** One connection for everything that an instance is asked; a new one takes its place when it was lost. */
function oneHost(
	connect: (signal: AbortSignal, dialled?: () => void) => Promise<ContainerHost>,
	signal: AbortSignal,
): { open: DockerPorts["host"]; reopen: DockerPorts["reconnect"]; close: () => void } {
	let current: Promise<ContainerHost> | undefined;
	const drop = () => {
		void current?.then(
			(host) => host.close(),
			() => {},
		);
		current = undefined;
	};
	return {
		open: ({ dialled } = {}) => {
			current ??= connect(signal, dialled).catch((error: unknown) => {
				current = undefined;
				throw error;
			});
			return current;
		},
		async reopen() {
			const fresh = await connect(new AbortController().signal); // going back outlives Ctrl-C
			drop();
			current = Promise.resolve(fresh);
			return fresh;
		},
		close: drop,
	};
}
