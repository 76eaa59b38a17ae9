import { missingSecrets, secretValues, type Config } from "../config/config.ts";
import { expectedPollers, ROLES, type Role } from "../contracts/queues.ts";
import { asUserError } from "../errors/as-user-error.ts";
import { type UserError } from "../errors/errors.ts";
import type { Instance, Running } from "../instances/instance.ts";
import type { LeaseHolder } from "../instances/lease.ts";
import { unfinishedRollout, type UnfinishedRollout } from "../state/journal.ts";
import { fingerprintKey } from "../state/fingerprint-key.ts";
import { currentRelease, readRecentReleases, type Release } from "../state/releases.ts";
import type { Clock } from "../system/clock.ts";
import { ownOf } from "../system/own-of.ts";
import { isServing, observePollers, type PollerRow } from "../temporal/pollers.ts";
import type { Temporal } from "../temporal/temporal.ts";
import { judge, type Judgement } from "./judge.ts";
import { fingerprintsOf, renderRunSpec, runSpecHash } from "./run-spec.ts";
import { changedSettings } from "./settings-change.ts";

/** One instance on the status screen. */
export interface InstanceStatus extends Judgement {
	instance: string;
	/** Digest and build id of the running container; null when none runs. */
	running: { digest: string; buildId: string; since: string } | null;
	/** What the last good release put there; null when there is none on record. */
	wanted: { digest: string; buildId: string } | null;
	generation: number | null;
	restarts: number;
	/** Verdicts of this container's own polls, one per expected queue and type. */
	pollers: { role: Role; type: PollerRow["type"]; verdict: PollerRow["verdict"] }[];
	/** Settings of cres.yaml and .env that the running container does not have. */
	drift: string[];
	/** Who changes the instance now; null when nobody does. */
	lease: { owner: string; pid: number; purpose: string; since: string } | null;
	/** The newest rollout from here, when it never came to its end. */
	interrupted: { id: string; last: string } | null;
}

export interface StatusPorts {
	config: Config;
	clock: Clock;
	temporal: () => Promise<Temporal>;
	open: (instance: string) => Promise<Instance>;
}

/** What `cres status` returns under --json. */
export interface StatusReport {
	instances: InstanceStatus[];
	/** Why nothing is known of pollers; null while Temporal answers. */
	temporal: { code: string; message: string; hint: string | null } | null;
}

/**
 * Every instance at the same time, and Temporal once for all; what cannot be reached is a row, or Temporal's failure,
 * and no error.
 */
export async function statusOf(ports: StatusPorts, names: readonly string[]): Promise<StatusReport> {
	let asked: Promise<Polls> | undefined;
	const ask = () => (asked ??= pollsOf(ports, names));
	const instances = await Promise.all(names.map((name) => rowOf(ports, name, ask)));
	const { temporalFailure: failure } = await ask();
	const temporal = failure ? { code: failure.code, message: failure.message, hint: failure.hint ?? null } : null;
	return { instances, temporal };
}

async function rowOf(ports: StatusPorts, name: string, ask: () => Promise<Polls>): Promise<InstanceStatus> {
	let instance: Instance | undefined;
	try {
		instance = await ports.open(name);
		return statusFrom(ports, instance, await look(ports, instance, ask));
	} catch (error) {
		instance?.close(); // the next look connects again
		const failure = asUserError(error);
		if (!failure) throw error;
		return unreachable(name, failure);
	}
}

interface Polls {
	/** Undefined when Temporal does not answer. */
	polls: PollerRow[] | undefined;
	temporalFailure: UserError | undefined;
}

/** What was seen of one instance. */
interface Looked extends Polls {
	running: Running;
	releases: Release[];
	interrupted: UnfinishedRollout | undefined;
	/** Of this machine's fingerprints. */
	key: Uint8Array;
}

async function look(ports: StatusPorts, instance: Instance, ask: () => Promise<Polls>): Promise<Looked> {
	const { state } = ports.config;
	const { name } = instance;
	const polling = async () => (await ask()).polls ?? [];
	const [running, releases, interrupted, key] = await Promise.all([
		instance.running(polling, () => void ask().catch(() => {})), // Temporal's client loads while the instance answers
		readRecentReleases(state, name),
		unfinishedRollout(state, name),
		fingerprintKey(state),
	]);
	const { polls, temporalFailure } = await ask();
	return { running, polls, temporalFailure, releases, interrupted, key };
}

/** Polls of every role that one of the instances plays. What runs there can be told without them. */
async function pollsOf({ temporal, config, clock }: StatusPorts, names: readonly string[]): Promise<Polls> {
	const played = ROLES.filter((role) => names.some((name) => ownOf(config.instances, name)?.roles.includes(role)));
	try {
		const expected = expectedPollers(config.queue, played);
		const { rows } = await observePollers(await temporal(), expected, clock);
		return { polls: rows, temporalFailure: undefined };
	} catch (error) {
		const failure = asUserError(error);
		if (!failure) throw error;
		return { polls: undefined, temporalFailure: failure };
	}
}

function statusFrom({ config }: StatusPorts, instance: Instance, looked: Looked): InstanceStatus {
	const { running, polls, releases, interrupted } = looked;
	const release = currentRelease(releases);
	const { container, generation, holder } = running;
	const pollers = container && polls ? pollersOf(config, instance, container, polls) : [];
	const drift = container ? driftOf(config, instance, looked) : [];
	const facts = { ...looked, release, pollers, drift };
	return {
		instance: instance.name,
		running: container && { digest: container.digest, buildId: container.buildId, since: container.since },
		wanted: release ? { digest: release.digest, buildId: release.buildId } : null,
		...{ generation, restarts: container?.restarts ?? 0, pollers, drift },
		lease: holder ? { ...pick(holder), since: new Date(holder.since).toISOString() } : null,
		interrupted: interrupted && !holder ? { id: interrupted.id, last: interrupted.last } : null,
		...judge(instance.name, facts),
	};
}

const pick = ({ owner, pid, purpose }: LeaseHolder) => ({ owner, pid, purpose });

const pollersOf = (
	{ queue }: Pick<Config, "queue">,
	{ settings }: Instance,
	container: NonNullable<Running["container"]>,
	polls: readonly PollerRow[],
): InstanceStatus["pollers"] =>
	expectedPollers(queue, settings.roles).map(({ queue: expected, role, type }) => {
		const own = polls.filter((row) => row.queue === expected && row.type === type && container.owns(row));
		// A worker that was just drained may have polled later than the one of the same build that took over.
		const best = own.find(isServing) ?? own.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs)[0];
		return { role, type, verdict: best?.verdict ?? "GONE" };
	});

/** Names of the settings in which the running container differs from cres.yaml and .env; `settings` where they are not known. */
export function driftOf(
	config: Config,
	{ name, settings }: Instance,
	{ running, releases, key }: Pick<Looked, "running" | "releases" | "key">,
): string[] {
	const { container, gpu } = running;
	if (missingSecrets(config).length > 0 || !container?.specHash) return [];
	const secrets = secretValues(config);
	const spec = renderRunSpec(config, name, settings, fingerprintsOf(secrets, key), gpu);
	if (container.specHash === runSpecHash(spec, secrets)) return [];
	const then = releases.findLast(({ specHash }) => specHash === container.specHash);
	return then ? changedSettings(then.spec, spec) : ["settings"];
}

const unreachable = (instance: string, { message, hint }: UserError): InstanceStatus => ({
	...{ instance, running: null, wanted: null, generation: null, restarts: 0, pollers: [], drift: [] },
	...{ lease: null, interrupted: null, verdict: "unreachable", detail: message, fix: hint ?? null },
});
