import type { Role } from "../contracts/queues.ts";
import { UserError } from "../errors/errors.ts";
import { instanceConfig } from "../instance/open.ts";
import type { PollerRow } from "../temporal/pollers.ts";
import { driverOf } from "../instances/open.ts";
import type { RolloutPorts } from "./ports.ts";

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
				const ports = portsOf(instance);
				const driver = await driverOf(instanceConfig(ports.config, instance));
				return await driver.status(ports);
			} catch (error) {
				if (!(error instanceof UserError)) throw error;
				return { ...nothing(instance), verdict: "unreachable", detail: error.message, fix: error.hint ?? null };
			}
		}),
	);
}

/** The verdict on a container that runs. */
export function judge(
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

/** The row of an instance on which nothing runs. */
export const nothing = (instance: string): InstanceStatus => ({
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
