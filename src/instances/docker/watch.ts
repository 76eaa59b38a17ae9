import { expectedPollers, type ExpectedPoller, type Role } from "../../../contracts/queues.ts";
import { UserError } from "../../../errors/errors.ts";
import type { ContainerHost, ContainerState } from "../../../instance/container-host.ts";
import type { Clock } from "../../../system/clock.ts";
import { awaitPollers } from "../../../temporal/await-pollers.ts";
import type { PollerRow } from "../../../temporal/pollers.ts";
import type { Temporal } from "../../../temporal/temporal.ts";
import { identityOf, isRunning } from "./observe.ts";

const LOOK_EVERY_MS = 400;

export interface WatchOptions {
	host: ContainerHost;
	temporal: Temporal;
	clock: Clock;
	signal: AbortSignal;
	queue: string;
	roles: readonly Role[];
}

/** `restarts` are those from before the watch: a container may have had some in its life. */
type Watched = Pick<ContainerState, "id" | "labels" | "restarts">;

/**
 * Waits until this very container polls every queue of its roles.
 * @throws UserError container_died as soon as it dies or restarts, never_polled after `timeoutMs`
 */
export async function untilPolling(
	container: Watched,
	{ host, temporal, clock, signal, queue, roles }: WatchOptions,
	timeoutMs: number,
	report: (text: string) => void,
): Promise<PollerRow[]> {
	const done = new AbortController();
	const either = AbortSignal.any([signal, done.signal]);
	const expected = expectedPollers(queue, roles);
	const polling = awaitPollers(
		temporal,
		{ expected, identity: (role) => identityOf(container, role) },
		{ timeoutMs, signal: either, clock, onTick: (seen) => report(`${seen.length} of ${expected.length} poll`) },
	);
	const living = whileAlive(host, container, clock, either);
	try {
		const { seen, missing } = (await Promise.race([polling, living]))!;
		if (missing.length === 0) return seen;
		throw neverPolled(missing, timeoutMs);
	} finally {
		done.abort();
		await Promise.allSettled([polling, living]);
	}
}

/** Watches for `durationMs`. @throws UserError container_died when it stops or restarts meanwhile */
export async function staysUp(
	container: Watched,
	durationMs: number,
	{ host, clock, signal }: WatchOptions,
): Promise<void> {
	const until = clock.now() + durationMs;
	do {
		await clock.sleep(Math.max(0, Math.min(LOOK_EVERY_MS, until - clock.now())), signal);
		await refuseDead(host, container);
	} while (clock.now() < until);
}

/** Settles only by failing: when the container is dead, or when `signal` aborts. */
async function whileAlive(
	host: ContainerHost,
	container: Watched,
	clock: Clock,
	signal: AbortSignal,
): Promise<undefined> {
	for (;;) {
		await clock.sleep(LOOK_EVERY_MS, signal);
		await refuseDead(host, container);
	}
}

async function refuseDead(host: ContainerHost, { id, restarts }: Watched): Promise<void> {
	const now = await host.container(id);
	if (now && isRunning(now) && now.restarts <= restarts) return;
	const how = !now
		? "is gone"
		: now.restarts > restarts
			? `was restarted ${now.restarts - restarts} times; it exits with ${now.exitCode}`
			: `is ${now.state} with exit code ${now.exitCode}`;
	throw new UserError("container_died", `the container ${how}`, { hint: "its last log lines are above" });
}

const neverPolled = (missing: readonly ExpectedPoller[], timeoutMs: number) =>
	new UserError(
		"never_polled",
		`the container did not poll ${missing.map(({ queue, type }) => `${queue} (${type})`).join(", ")} within ${timeoutMs / 1000} s`,
		{ hint: "its last log lines are above; check queue, Temporal address and namespace in cres.yaml" },
	);
