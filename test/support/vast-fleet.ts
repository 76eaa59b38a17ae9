import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { makeKeyPair } from "../../rehearsal/vast/ssh-server.ts";
import { startSimulator, type Simulator } from "../../rehearsal/vast/start.ts";
import { NO_DELAYS, type Timings } from "../../rehearsal/vast/timings.ts";
import { loadConfig } from "../../src/config/load.ts";
import { formatIdentity } from "../../src/contracts/identity.ts";
import { taskQueue } from "../../src/contracts/queues.ts";
import { unattested } from "./attestations.ts";
import { digestOfBuild, fakeRegistry } from "./fake-registry.ts";
import { temporalSeeing } from "./fake-temporal.ts";
import { goodStore } from "./good-store.ts";
import type { Config } from "../../src/config/config.ts";
import { vastInstance } from "../../src/instances/vast/instance.ts";
import type { VastInstance } from "../../src/config/schema.ts";
import { breakLocalLease } from "../../src/state/leases.ts";
import type { RolloutPorts } from "../../src/rollout/ports.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { scaledClock, systemClock, type Clock } from "../../src/system/clock.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";
import { createVast } from "../../src/vast/client.ts";
import { createFleetReader } from "../../src/vast/fleet-reader.ts";
import type { VastAccount } from "../../src/vast/account.ts";
import { labelFor } from "../../src/vast/label.ts";
import { PLAIN_PERIMETER } from "./plain-perimeter.ts";

const PROJECT = "fleet";
const REPOSITORY = "cres/worker";
const ADDRESS = "registry.test:5000";
/** 12 hex digits each, one-to-one with a digest of the registry that the fleet has. */
export const BUILD = { first: "111111111111", second: "222222222222", third: "333333333333" };

/** Contracts without containers, and everything that a rollout of them talks to. */
export interface VastFleet {
	sim: Simulator;
	/** Directory with cres.yaml. */
	root: string;
	/** Its state directory. */
	state: string;
	account: VastAccount;
	ports(instance: string, options?: PortOptions): RolloutPorts;
	/** What was noted for people. */
	notes: string[];
	/** Takes a build out of the registry. */
	forget(buildId: string): void;
	/** Number of the contract of an instance. */
	contractOf(instance: string): number;
	close(): Promise<void>;
}

/** What differs from the fleet's own. */
export interface PortOptions {
	signal?: AbortSignal;
	config?: Config;
	account?: VastAccount;
	progress?: RolloutPorts["progress"];
	/** Without --accept-host-key: false. */
	acceptHostKeys?: boolean;
}

export interface FleetOptions {
	instances: readonly string[];
	/** Platform time runs that many times as fast. */
	factor?: number;
	timings?: Partial<Timings>;
	/** The platform's time as cres has it, where that is not the platform's own. */
	platform?: Clock;
	/** Of rollouts, beside the platform's. */
	clock?: Clock;
	/** Real milliseconds that an sshd may take to answer. */
	handshakeMs?: number;
	/** Real milliseconds, as cres.yaml writes them. */
	deployTimeout?: string;
}

/** A fleet whose contracts were made with some image of somebody else's. */
export async function makeVastFleet({
	instances,
	factor = 500,
	timings = NO_DELAYS,
	deployTimeout = "3s",
	handshakeMs = 400,
	platform: clock = scaledClock(systemClock, factor),
	clock: own = systemClock,
}: FleetOptions): Promise<VastFleet> {
	const root = await mkdtemp(join(tmpdir(), "cres-fleet-"));
	const pair = makeKeyPair();
	await writeFile(join(root, "id"), pair.private, { mode: 0o600 });
	const builds = new Set(Object.values(BUILD));
	const sim = await startSimulator({
		backing: { kind: "state", resolve: (reference) => resolveTag(builds, reference) },
		...{ factor, timings: { ...NO_DELAYS, ...timings }, accountKeys: [pair.public] },
	});
	const ids = await seeded(sim, instances);
	await writeProject(root, ids, deployTimeout);
	const config = await loadConfig({ directory: root, environment: {} });
	const notes: string[] = [];
	const api = createVast({ url: sim.url, key: new Secret(sim.apiKey), clock });
	const reader = createFleetReader(api, clock);
	const registry = async () =>
		fakeRegistry(
			ADDRESS,
			[...builds].map((buildId) => ({ buildId })),
		);
	const account: VastAccount = {
		...{ api, clock, handshakeMs, read: (id, maxAgeMs) => reader.read(id, maxAgeMs) },
		...{ registry, login: undefined },
	};
	const common = { temporal: async () => temporalOf(sim), registry, clock: own };
	return {
		...{ sim, root, notes, account, state: config.state },
		forget: (buildId) => void builds.delete(buildId),
		contractOf: (instance) => ids.get(instance)!,
		ports: (name, options = {}) => portsOf(name, { config, account, progress: noting(notes), ...options }, common),
		async close() {
			await sim.close();
			await rm(root, { recursive: true, force: true });
		},
	};
}

/** A contract for each instance; its number by the instance's name. */
async function seeded(sim: Simulator, instances: readonly string[]): Promise<Map<string, number>> {
	const foreign = { image: "docker.io/somebody/else:1", env: { "-p 22:22": "1" }, onstart: "sleep 1", gpus: 1 };
	const ids = new Map<string, number>();
	for (const name of instances) ids.set(name, await sim.seed({ ...foreign, label: labelFor(PROJECT, name) }));
	return ids;
}

/** As if the process that holds the lease were gone. */
export async function leaveLease(fleet: VastFleet, name: string): Promise<void> {
	await breakLocalLease(fleet.state, name);
	await fleet.ports(name).instance.lease.break();
}

const noting = (notes: string[]): RolloutPorts["progress"] => ({
	step: (title, work) => {
		notes.push(title);
		return work((text) => void notes.push(text));
	},
	note: (text) => void notes.push(text),
});

function portsOf(
	name: string,
	{
		config,
		account,
		progress,
		signal = new AbortController().signal,
		acceptHostKeys = true,
	}: Required<Omit<PortOptions, "signal" | "acceptHostKeys">> & PortOptions,
	common: Pick<RolloutPorts, "temporal" | "registry" | "clock">,
): RolloutPorts {
	const note = (text: string) => progress.note(text);
	const own = { note, vast: async () => account, acceptHostKey: async () => acceptHostKeys, credential: undefined };
	const ports = { ...common, config, signal, ...own };
	const instance = vastInstance(ports, name, config.instances[name] as VastInstance);
	return { ...common, instance, config, signal, progress, store: goodStore, attested: unattested };
}

async function writeProject(root: string, ids: ReadonlyMap<string, number>, deployTimeout: string): Promise<void> {
	const settings = {
		project: PROJECT,
		image: { repository: REPOSITORY },
		registry: { push: { address: ADDRESS } },
		temporal: { address: "temporal.test:7233" },
		store: { endpoint: "store.test:9000" },
		queue: "jobs",
		rollout: { deploy_timeout: deployTimeout },
		instances: Object.fromEntries(
			[...ids].map(([name, id]) => [name, { driver: "vast", id, key: "id", roles: ["cpu", "gpu"] }]),
		),
	};
	await mkdir(join(root, "docs"));
	await writeFile(join(root, "docs", "PLAN.md"), "# PLAN\n");
	await writeFile(join(root, "docs", "Perimeter.md"), PLAIN_PERIMETER);
	await writeFile(join(root, "cres.yaml"), stringify(settings));
	await writeFile(join(root, ".env"), "MINIO_ACCESS_KEY=fleet-access-key\nMINIO_SECRET_KEY=fleet-secret-key\n");
}

function resolveTag(builds: ReadonlySet<string>, reference: string) {
	const buildId = /:b-(.+)$/.exec(reference)?.[1];
	if (buildId === undefined) return { digest: digestOfBuild("else"), buildId: "" };
	return builds.has(buildId) ? { digest: digestOfBuild(buildId), buildId } : ("missing" as const);
}

/** Sees polling whatever worker runs in the contracts. */
function temporalOf(sim: Simulator): Temporal {
	return temporalSeeing((queue) => {
		const lastSeenMs = Date.now();
		return sim.pollers().flatMap(({ roles, instance, buildId, containerId }) =>
			roles
				.filter((role) => taskQueue("jobs", role) === queue)
				.map((role) => ({
					identity: formatIdentity({ role, instance, buildId, container: containerId }),
					...{ buildId, lastSeenMs },
				})),
		);
	});
}
