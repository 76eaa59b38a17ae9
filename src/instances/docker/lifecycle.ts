import { LABEL } from "../../contracts/labels.ts";
import type { ContainerHost, ContainerState } from "./container-host.ts";
import { dockerInstance } from "../find.ts";
import type { PollerRow } from "../../temporal/pollers.ts";
import type { Journal } from "../../rollout/journal.ts";
import { nothingDeployed, type LifecycleAction, type LifecycleResult } from "../../rollout/lifecycle.ts";
import type { RolloutPorts } from "../../rollout/ports.ts";
import { isRunning, ourContainers } from "./roll/observe.ts";
import { untilPolling } from "./watch.ts";

/** Drains, starts or restarts the container that is there; never another digest. */
export async function change(ports: RolloutPorts, action: LifecycleAction, journal: Journal): Promise<LifecycleResult> {
	const host = await ports.openHost();
	try {
		const [container] = await ourContainers(host, ports);
		if (!container) throw nothingDeployed(ports.instance);
		await journal.write("begin", action);
		return await act(ports, host, container, action);
	} finally {
		host.close();
	}
}

async function act(
	ports: RolloutPorts,
	host: ContainerHost,
	container: ContainerState,
	action: LifecycleAction,
): Promise<LifecycleResult> {
	const { instance, progress, config, signal } = ports;
	const buildId = container.labels[LABEL.buildId] ?? "";
	const running = isRunning(container);
	const result = { instance, action, buildId, pollers: [] as PollerRow[] };
	signal.throwIfAborted(); // later on a restart must start what it has stopped
	if (action !== "start" && running)
		await progress.step(`drain and stop ${container.name}`, () =>
			host.stop(container.id, config.rollout.drain_timeout),
		);
	if (action === "stop") return { ...result, changed: running, running: false };
	const pollers = await progress.step(`start ${container.name} and wait for its polls`, async (report) => {
		await host.start(container.id);
		const { roles } = dockerInstance(config, instance);
		const options = { host, temporal: await ports.temporal(), clock: ports.clock, signal, queue: config.queue, roles };
		return untilPolling(
			{ ...container, restarts: running ? container.restarts : 0 },
			options,
			config.rollout.deploy_timeout,
			report,
		);
	});
	return { ...result, changed: action === "restart" || !running, running: true, pollers };
}
