import { expectedPollers, type ExpectedPoller, type Role } from "../contracts/queues.ts";
import { UserError } from "../errors.ts";
import type { ContainerHost, ContainerState } from "../instance/container-host.ts";
import type { Clock } from "../system/clock.ts";
import { awaitPollers } from "../temporal/await-pollers.ts";
import type { PollerRow } from "../temporal/pollers.ts";
import type { Temporal } from "../temporal/temporal.ts";
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

/**
 * Waits until this very container polls every queue of its roles.
 * @throws UserError container_died as soon as it dies or restarts, never_polled after `timeoutMs`
 */
export async function untilPolling(
	container: Pick<ContainerState, "id" | "labels">,
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
	const living = whileAlive(host, container.id, clock, either);
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
export async function staysUp(id: string, durationMs: number, { host, clock, signal }: WatchOptions): Promise<void> {
	const until = clock.now() + durationMs;
	do {
		await clock.sleep(Math.max(0, Math.min(LOOK_EVERY_MS, until - clock.now())), signal);
		await refuseDead(host, id);
	} while (clock.now() < until);
}

/** Settles only by failing: when the container is dead, or when `signal` aborts. */
async function whileAlive(host: ContainerHost, id: string, clock: Clock, signal: AbortSignal): Promise<undefined> {
	for (;;) {
		await clock.sleep(LOOK_EVERY_MS, signal);
		await refuseDead(host, id);
	}
}

async function refuseDead(host: ContainerHost, id: string): Promise<void> {
	const now = await host.container(id);
	if (now && isRunning(now) && now.restarts === 0) return;
	const how = !now
		? "is gone"
		: now.restarts > 0
			? `was restarted ${now.restarts} times; it exits with ${now.exitCode}`
			: `is ${now.state} with exit code ${now.exitCode}`;
	throw new UserError("container_died", `the new container ${how}`, { hint: "its last log lines are above" });
}

const neverPolled = (missing: readonly ExpectedPoller[], timeoutMs: number) =>
	new UserError(
		"never_polled",
		`the new container did not poll ${missing.map(({ queue, type }) => `${queue} (${type})`).join(", ")} within ${timeoutMs / 1000} s`,
		{ hint: "its last log lines are above; check queue, Temporal address and namespace in cres.yaml" },
	);
