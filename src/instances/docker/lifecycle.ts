import { untilPolling } from "../../temporal/until-polling.ts";
import type { LifecycleAction, LifecycleCall, LifecycleChange } from "../instance.ts";
import { nothingDeployed } from "../nothing-deployed.ts";
import type { ContainerHost, ContainerState } from "./container-host.ts";
import { buildIdOf, isUp, ourContainers } from "./containers.ts";
import type { DockerPorts } from "./ports.ts";
import { workerOf } from "./watch.ts";

/** Drains, starts or restarts the container that is there; never another digest. */
export async function changeLife(
	ports: DockerPorts,
	action: LifecycleAction,
	call: LifecycleCall,
): Promise<LifecycleChange> {
	const host = await ports.host();
	const [container] = await ourContainers(host, ports);
	if (!container) throw nothingDeployed(ports.name);
	await call.begin();
	call.signal.throwIfAborted(); // later on a restart must start what it has stopped
	const running = isUp(container);
	const { drain_timeout } = ports.config.rollout;
	if (action !== "start" && running)
		await call.progress.step(`drain and stop ${container.name}`, () => host.stop(container.id, drain_timeout));
	const buildId = buildIdOf(container);
	if (action === "stop") return { changed: running, buildId, running: false, pollers: [] };
	const pollers = await call.progress.step(`start ${container.name} and wait for its polls`, (report) =>
		startAndPoll(ports, host, { ...container, restarts: running ? container.restarts : 0 }, { ...call, report }),
	);
	return { changed: action === "restart" || !running, buildId, running: true, pollers };
}

async function startAndPoll(
	ports: DockerPorts,
	host: ContainerHost,
	container: ContainerState,
	{ signal, report }: { signal: AbortSignal; report: (text: string) => void },
) {
	await host.start(container.id);
	const { config, settings, clock } = ports;
	const worker = workerOf(container, host, { queue: config.queue, roles: settings.roles });
	const temporal = await ports.temporal();
	return untilPolling(worker, { temporal, clock, signal, timeoutMs: config.rollout.deploy_timeout, report });
}
