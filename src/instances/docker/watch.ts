import { expectedPollers, type Role } from "../../contracts/queues.ts";
import type { Clock } from "../../system/clock.ts";
import type { WatchedWorker } from "../../temporal/until-polling.ts";
import { crashLoopWatch, died, parseWorkerState, WORKER_STATE_SCRIPT, workerDied } from "../crash-loop.ts";
import type { ContainerHost, ContainerState } from "./container-host.ts";
import { identityOf, isRunning } from "./containers.ts";
import { lastLines } from "./logs.ts";

const LOOK_EVERY_MS = 400;
/** Each so many looks at the container, its process owner is asked for the worker: a program in the container has its price. */
const ASK_EACH = 5;
/** Milliseconds. */
const ASK_TIMEOUT = 10_000;

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
	assertAlive: assertAliveOf(container, host),
	lookEveryMs: LOOK_EVERY_MS,
});

/** The container may stay up while its process owner starts the worker again and again. */
function assertAliveOf(container: Watched, host: ContainerHost): WatchedWorker["assertAlive"] {
	const watch = crashLoopWatch();
	let looks = 0;
	return async (signal) => {
		await assertUp(host, container);
		if (++looks % ASK_EACH !== 0) return;
		const options = { signal, timeout: ASK_TIMEOUT };
		const asked = host.exec(container.id, ["sh", "-c", WORKER_STATE_SCRIPT.join("\n")], options);
		const { stdout } = await asked.catch(() => ({ stdout: "" })); // it ends by itself, and the next look tells more
		const state = parseWorkerState(stdout);
		const { restarts, keepsEnding } = watch.see(state);
		if (keepsEnding) throw workerDied(state.worker, restarts, await lastLines(host, container.id));
	};
}

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
			? `was restarted ${times(now.restarts - restarts)}; it exits with ${now.exitCode}`
			: `is ${now.state} with exit code ${now.exitCode}`;
	throw died(`the container ${how}`, now ? await lastLines(host, id) : []);
}

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);
