import { expectedPollers, type Role } from "../../contracts/queues.ts";
import { UserError } from "../../errors/errors.ts";
import type { Clock } from "../../system/clock.ts";
import type { WatchedWorker } from "../../temporal/until-polling.ts";
import type { ContainerHost, ContainerState } from "./container-host.ts";
import { identityOf, isRunning } from "./containers.ts";

const LOOK_EVERY_MS = 400;

/** `restarts` are those from before the watch: a container may have had some in its life. */
type Watched = Pick<ContainerState, "id" | "labels" | "restarts">;

/** The worker of a container, for whoever waits for its polls. */
export const workerOf = (
	container: Watched,
	host: ContainerHost,
	{ queue, roles }: { queue: string; roles: readonly Role[] },
): WatchedWorker => ({
	expected: expectedPollers(queue, roles),
	identity: (role) => identityOf(container, role),
	assertAlive: () => assertUp(host, container),
	lookEveryMs: LOOK_EVERY_MS,
});

/** Watches for `durationMs`. @throws UserError container_died when it stops or restarts meanwhile */
export async function staysUp(
	container: Watched,
	durationMs: number,
	{ host, clock, signal }: { host: ContainerHost; clock: Clock; signal: AbortSignal },
): Promise<void> {
	const until = clock.now() + durationMs;
	do {
		await clock.sleep(Math.max(0, Math.min(LOOK_EVERY_MS, until - clock.now())), signal);
		await assertUp(host, container);
	} while (clock.now() < until);
}

async function assertUp(host: ContainerHost, { id, restarts }: Watched): Promise<void> {
	const now = await host.container(id);
	if (now && isRunning(now) && now.restarts <= restarts) return;
	const how = !now
		? "is gone"
		: now.restarts > restarts
			? `was restarted ${now.restarts - restarts} times; it exits with ${now.exitCode}`
			: `is ${now.state} with exit code ${now.exitCode}`;
	throw new UserError("container_died", `the container ${how}`, { hint: "read its last log lines" });
}
