import { LABEL } from "../contracts/labels.ts";
import { expectedPollers, type Role } from "../contracts/queues.ts";
import { UserError } from "../errors.ts";
import { instanceConfig } from "../instance/open.ts";
import { observePollers, type PollerRow } from "../temporal/pollers.ts";
import { identityOf, isRunning, ourContainers } from "./observe.ts";
import type { RolloutPorts } from "./ports.ts";
import { currentRelease, readReleases } from "./release.ts";

/** One instance on the status screen. */
export interface InstanceStatus {
	instance: string;
	/** Digest and build id of the running container; null when none runs. */
	running: { digest: string; buildId: string; since: string } | null;
	/** What the last good release put there; null when there is none on record. */
	wanted: { digest: string; buildId: string } | null;
	generation: number | null;
	restarts: number;
	/** Verdicts of this container's own polls, one per expected queue and type. */
	pollers: { role: Role; type: PollerRow["type"]; verdict: PollerRow["verdict"] }[];
	verdict: "ok" | "drift" | "not-polling" | "stopped" | "unreachable";
	/** What is wrong, if anything. */
	detail: string | null;
	/** The command to type next, if any. */
	fix: string | null;
}

/** Every instance at the same time; one that cannot be reached is a row, not an error. */
export async function statusOf(
	portsOf: (instance: string) => RolloutPorts,
	instances: readonly string[],
): Promise<InstanceStatus[]> {
	return Promise.all(
		instances.map(async (instance) => {
			try {
				return await observeInstance(portsOf(instance));
			} catch (error) {
				if (!(error instanceof UserError)) throw error;
				return { ...nothing(instance), verdict: "unreachable", detail: error.message, fix: error.hint ?? null };
			}
		}),
	);
}

async function observeInstance(ports: RolloutPorts): Promise<InstanceStatus> {
	const { config, instance, clock } = ports;
	const { roles } = instanceConfig(config, instance);
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

function judge(
	instance: string,
	pollers: InstanceStatus["pollers"],
	drift: boolean,
	restarts: number,
): Pick<InstanceStatus, "verdict" | "detail" | "fix"> {
	if (pollers.some(({ verdict }) => verdict !== "LIVE" && verdict !== "BUSY"))
		return {
			verdict: "not-polling",
			detail: restarts > 0 ? `restarted ${restarts} times` : "runs, but does not poll",
			fix: `cres logs ${instance}`,
		};
	if (drift)
		return { verdict: "drift", detail: "runs another digest than the last release", fix: `cres deploy ${instance}` };
	return { verdict: "ok", detail: null, fix: null };
}

async function readContainers(ports: RolloutPorts) {
	const host = await ports.openHost();
	return ourContainers(host, ports).finally(() => host.close());
}

const nothing = (instance: string): InstanceStatus => ({
	instance,
	running: null,
	wanted: null,
	generation: null,
	restarts: 0,
	pollers: [],
	verdict: "stopped",
	detail: "no container runs",
	fix: `cres deploy ${instance}`,
});
