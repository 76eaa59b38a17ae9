import { LABEL } from "../../contracts/labels.ts";
import { expectedPollers } from "../../contracts/queues.ts";
import { dockerInstance } from "../find.ts";
import { observePollers } from "../../temporal/pollers.ts";
import type { RolloutPorts } from "../../rollout/ports.ts";
import { currentRelease, readReleases } from "../../rollout/release.ts";
import { judge, nothing, type InstanceStatus } from "../../rollout/status.ts";
import { identityOf, isRunning, ourContainers } from "./roll/observe.ts";

/** What runs there, what should, and whether it polls. */
export async function status(ports: RolloutPorts): Promise<InstanceStatus> {
	const { config, instance, clock } = ports;
	const { roles } = dockerInstance(config, instance);
	const expected = expectedPollers(config.queue, roles);
	const [containers, report, releases] = await Promise.all([
		readContainers(ports),
		ports.temporal().then((temporal) => observePollers(temporal, expected, clock)),
		readReleases(config.root, instance),
	]);
	const release = currentRelease(releases);
	const wanted = release ? { digest: release.digest, buildId: release.buildId } : null;
	const container = containers.find(isRunning);
	if (!container)
		return {
			...nothing(instance),
			wanted,
			fix: containers.length > 0 ? `cres start ${instance}` : `cres deploy ${instance}`,
		};
	const pollers = expected.map(({ role, type }) => ({
		role,
		type,
		verdict:
			report.rows.find((row) => row.type === type && row.identity === identityOf(container, role))?.verdict ??
			("GONE" as const),
	}));
	const digest = container.labels[LABEL.digest] ?? "";
	return {
		instance,
		running: {
			digest,
			buildId: container.labels[LABEL.buildId] ?? "",
			since: new Date(container.startedAt).toISOString(),
		},
		wanted,
		generation: Number(container.labels[LABEL.generation] ?? 0),
		restarts: container.restarts,
		pollers,
		...judge(instance, pollers, wanted !== null && wanted.digest !== digest, container.restarts),
	};
}

async function readContainers(ports: RolloutPorts) {
	const host = await ports.openHost();
	return ourContainers(host, ports).finally(() => host.close());
}
