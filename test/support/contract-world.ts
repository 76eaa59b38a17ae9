import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ContractState } from "../../rehearsal/vast/contract-state.ts";
import { secretValues, type Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { VastInstance } from "../../src/config/schema.ts";
import type { Instance } from "../../src/instances/instance.ts";
import { stagingOf } from "../../src/instances/vast/roll/staging.ts";
import { deploy } from "../../src/rollout/deploy.ts";
import type { RolloutPorts } from "../../src/rollout/ports.ts";
import type { Rollout } from "../../src/rollout/report.ts";
import { fingerprintsOf, renderRunSpec, runSpecHash } from "../../src/rollout/run-spec.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { fingerprintKey } from "../../src/state/fingerprint-key.ts";
import { openJournal, rolloutId } from "../../src/state/journal.ts";
import { appendRelease, type Release } from "../../src/state/releases.ts";
import { systemClock, type Clock } from "../../src/system/clock.ts";
import { leaveLease, makeVastFleet, type FleetOptions, type PortOptions, type VastFleet } from "./vast-fleet.ts";

export { BUILD, type PortOptions } from "./vast-fleet.ts";

export const NAME = "gpu-1";
export const PLACE = "cres/fleet/gpu-1";

/** One contract without a container of ours, at a platform in a hurry: what takes a minute takes 30 ms. */
export interface ContractWorld extends VastFleet {
	/** Number of the contract. */
	id: number;
	/** As the platform has it, live. */
	contract: ContractState;
	/** The instance, on this control host or, by its configuration, on another one. */
	instance(options?: PortOptions): Instance;
	/** Has a build run and on record as live, as a rollout leaves it. */
	runs(buildId: string): Promise<Release>;
	deploy(buildId: string, options?: PortOptions & { replace?: boolean }): Promise<Rollout>;
	/** The same with ports that are not quite the world's. */
	deployWith(ports: RolloutPorts, buildId: string, options?: { replace?: boolean | undefined }): Promise<Rollout>;
	/** The project as another control host has it: a state directory of its own. */
	elsewhere(): Promise<Config>;
	/** The project as a new process reads it. */
	config(): Promise<Config>;
	/** Runs a program in the container. */
	inside(...argv: string[]): Promise<string>;
}

/** Of the rollout itself: the right time, and short waits. */
const hurried: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) };

const FACTOR = 2_000;
const HURRY = { instances: [NAME], factor: FACTOR, clock: hurried, deployTimeout: "1s", handshakeMs: 5_000 };

/** Time that passes while somebody waits, and not while a busy machine computes: what is waited for is late for nobody. */
function patient(): Clock {
	let now = Date.now();
	return {
		now: () => now,
		async sleep(ms, signal) {
			const until = now + ms;
			await systemClock.sleep(ms / FACTOR, signal);
			now = Math.max(now, until);
		},
	};
}

export async function makeContractWorld(options: Partial<FleetOptions> = {}): Promise<ContractWorld> {
	const fleet = await makeVastFleet({ ...HURRY, platform: patient(), ...options });
	const id = fleet.contractOf(NAME);
	const config = () => loadConfig({ directory: fleet.root, environment: {} });
	const others: string[] = [];
	const deployWith: ContractWorld["deployWith"] = (ports, buildId, { replace = false } = {}) =>
		deploy(ports, { reference: `b-${buildId}` }, { dryRun: false, purpose: "deploy", replace });
	const instance = (given?: PortOptions) => fleet.ports(NAME, given).instance;
	return {
		...fleet,
		...{ id, instance, config, deployWith },
		contract: fleet.sim.contract(id)!,
		runs: async (buildId) => runs(fleet, await config(), buildId),
		async deploy(buildId, { replace, ...given } = {}) {
			const ports = fleet.ports(NAME, { config: await config(), ...given });
			return deployWith(ports, buildId, { replace });
		},
		async elsewhere() {
			const root = await mkdtemp(join(tmpdir(), "cres-elsewhere-"));
			others.push(root);
			await cp(fleet.root, root, { recursive: true, filter: (path) => !path.includes(".cres") });
			return loadConfig({ directory: root, environment: {} });
		},
		async inside(...argv) {
			const session = await instance().connect();
			try {
				return (await session.exec(argv)).stdout;
			} finally {
				session.close();
			}
		},
		async close() {
			await fleet.close();
			for (const root of others) await rm(root, { recursive: true });
		},
	};
}

/** A rollout that does one more step and then nothing, as after a kill -9. */
export async function killedAt(
	world: ContractWorld,
	step: string,
	buildId: string,
	{ replace = false }: { replace?: boolean } = {},
): Promise<void> {
	const reached = Promise.withResolvers<void>();
	const progress: RolloutPorts["progress"] = {
		async step(title, work) {
			const value = await work(() => {});
			if (!title.startsWith(step)) return value;
			reached.resolve();
			return new Promise<never>(() => {});
		},
		note: () => {},
	};
	const ended = world.deploy(buildId, { progress, replace }).then(({ outcome }) => {
		throw new Error(`it went past "${step}" and ended ${outcome}`);
	});
	await Promise.race([reached.promise, ended]);
	await leaveLease(world, NAME);
}

/** Its first rollouts have low numbers. */
const TOKEN = 3;

async function runs(fleet: VastFleet, config: Config, buildId: string): Promise<Release> {
	const { sim, state } = fleet;
	const contract = sim.contract(fleet.contractOf(NAME))!;
	const registry = await fleet.ports(NAME).registry();
	const { digest } = (await registry.resolve(config.image.repository, `b-${buildId}`))!;
	const secrets = secretValues(config);
	const fingerprints = fingerprintsOf(secrets, await fingerprintKey(config.state));
	const spec = renderRunSpec(config, NAME, config.instances[NAME] as VastInstance, fingerprints, true);
	const rollout = rolloutId(Date.now() - 60_000, TOKEN);
	const reference = `${registry.address}/${config.image.repository}:b-${buildId}`;
	const specHash = runSpecHash(spec, secrets);
	const flags = [{ name: "-p 22:22", value: new Secret("1", { sought: false }) }];
	const staging = stagingOf({ rollout, reference, spec, specHash, secrets }, { env: flags });
	Object.assign(contract.configured, staging);
	await sim.simulation.lifecycle.recycle(contract);
	const at = new Date(Date.now() - 50_000).toISOString();
	const release: Release = {
		...{ id: rollout, instance: NAME, at, image: reference, digest, buildId, generation: 1, spec, specHash },
		...{ outcome: "live", durationMs: 10_000, by: "ann@pc", fence: TOKEN },
	};
	const journal = openJournal(state, NAME, rollout, systemClock);
	await journal.write({ event: "begin", purpose: "deploy", reference, token: TOKEN, owner: "ann@pc" });
	await journal.write({ event: "end", outcome: "live" });
	await appendRelease(state, release);
	return release;
}

/** @throws Error when an ssh session stays open: it would keep a finished command alive */
export async function assertNoSession({ sim }: ContractWorld): Promise<void> {
	for (let look = 0; sim.connections() > 0; look++) {
		if (look === 50) throw new Error(`${sim.connections()} ssh sessions are left open`);
		await systemClock.sleep(20);
	}
}
