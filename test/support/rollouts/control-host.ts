import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { FindAttested } from "../../../src/attest/attested.ts";
import type { Config } from "../../../src/config/config.ts";
import { loadConfig } from "../../../src/config/load.ts";
import type { Instance } from "../../../src/instances/instance.ts";
import { buildTag } from "../../../src/registry/image-reference.ts";
import { deploy } from "../../../src/rollout/deploy.ts";
import type { DeployOptions } from "../../../src/rollout/options.ts";
import type { RolloutPorts } from "../../../src/rollout/ports.ts";
import type { Rollout } from "../../../src/rollout/report.ts";
import { statusOf, type InstanceStatus } from "../../../src/rollout/status.ts";
import { journalRecordSchema, type JournalRecord } from "../../../src/state/journal-events.ts";
import { breakLocalLease } from "../../../src/state/leases.ts";
import { readRecords } from "../../../src/state/record-log.ts";
import { readReleases, type Release } from "../../../src/state/releases.ts";
import type { Progress } from "../../../src/system/progress.ts";
import type { Temporal } from "../../../src/temporal/temporal.ts";
import { unattested } from "../attestations.ts";
import { goodStore } from "../good-store.ts";
import { watch, watched, type Watched } from "./interventions.ts";
import type { RolloutWorld } from "./world.ts";
import { PLAIN_PERIMETER } from "../plain-perimeter.ts";

/** A machine that rolls releases out: one clone with its own state directory. */
export interface ControlHost {
	readonly world: RolloutWorld;
	/** Directory with cres.yaml. */
	readonly root: string;
	config: Config;
	readonly watched: Watched;
	/** Titles of steps and what was noted for people. */
	readonly notes: string[];
	/** Why Temporal does not answer from here; undefined while it does. */
	temporalFailure: Error | undefined;
	/** What the object store says of the keys; undefined while it takes them. */
	storeFailure: Error | undefined;
	/** What is known of the attestations of digests; none has one unless a test says so. */
	attested: FindAttested;
	open(name: string): Instance;
	ports(name: string, signal?: AbortSignal): RolloutPorts;
	deploy(name: string, buildId: string, options?: Partial<HostDeployOptions>): Promise<Rollout>;
	status(...names: string[]): Promise<InstanceStatus[]>;
	/** Writes a new cres.yaml and .env. */
	configure(change: Setup): Promise<void>;
	releases(name: string): Promise<Release[]>;
	/** Of the newest rollout; nothing when there was none. */
	journal(name: string): Promise<JournalRecord[]>;
	/** The file of that journal. */
	journalFile(name: string): Promise<string>;
	/** docs/PLAN.md. */
	plan(): Promise<string>;
	/** As if the process that holds the lease were gone. */
	abandonLease(name: string): Promise<void>;
	remove(): Promise<void>;
}

interface HostDeployOptions extends DeployOptions {
	signal: AbortSignal;
}

/** What differs from the world's settings. */
interface Setup {
	settings?: Readonly<Record<string, unknown>>;
	/** Undefined: it has no value. */
	secrets?: Readonly<Record<string, string | undefined>>;
}

/** Records are fsynced: on a busy disk that takes longer than all else. */
const MEMORY = "/dev/shm";
const PLACE = existsSync(MEMORY) ? MEMORY : tmpdir();

const SECRETS = { MINIO_ACCESS_KEY: "suite-access-key", MINIO_SECRET_KEY: "suite-secret-key" };

export async function makeControlHost(world: RolloutWorld): Promise<ControlHost> {
	const root = await mkdtemp(join(PLACE, "cres-rollouts-"));
	await mkdir(join(root, "docs"));
	await writeFile(join(root, "docs", "PLAN.md"), "# PLAN\n");
	await writeFile(join(root, "docs", "Perimeter.md"), PLAIN_PERIMETER);
	const notes: string[] = [];
	const seen = watched();
	const host: ControlHost = {
		...{ world, root, notes, watched: seen, temporalFailure: undefined, storeFailure: undefined },
		attested: unattested,
		config: await configure(root, world, {}),
		async configure(change) {
			host.config = await configure(root, world, change);
		},
		open: (name) => host.ports(name).instance,
		ports: (name, signal = new AbortController().signal) => portsOf(host, name, signal),
		deploy: (name, buildId, { signal, ...options } = {}) =>
			deploy(
				host.ports(name, signal),
				{ reference: buildTag(buildId) },
				{ dryRun: false, purpose: "deploy", ...options },
			),
		status: async (...names) => {
			const { clock } = world;
			const temporal = () => temporalOf(host);
			const ports = { config: host.config, clock, temporal, open: async (name: string) => host.open(name) };
			return (await statusOf(ports, names)).instances;
		},
		releases: (name) => readReleases(host.config.state, name),
		journalFile: (name) => newestJournal(host.config.state, name),
		journal: async (name) =>
			(await readRecords(await newestJournal(host.config.state, name), journalRecordSchema)).records,
		plan: () => readFile(join(root, "docs", "PLAN.md"), "utf8"),
		async abandonLease(name) {
			await breakLocalLease(host.config.state, name);
			await host.open(name).lease.break();
		},
		remove: () => rm(root, { recursive: true, force: true }),
	};
	return host;
}

async function configure(root: string, { settings }: RolloutWorld, change: Setup): Promise<Config> {
	const secrets = Object.entries({ ...SECRETS, ...change.secrets }).filter(([, value]) => value !== undefined);
	const lines = secrets.map(([name, value]) => `${name}=${value}\n`);
	await writeFile(
		join(root, "cres.yaml"),
		stringify({ ...settings, ...change.settings }, { aliasDuplicateObjects: false }),
	);
	await writeFile(join(root, ".env"), lines.join(""));
	return loadConfig({ directory: root, environment: {} });
}

function portsOf(host: ControlHost, name: string, signal: AbortSignal): RolloutPorts {
	const { world, config } = host;
	const { clock, registry } = world;
	const progress = noting(host.notes);
	const temporal = () => temporalOf(host);
	const vast = () => Promise.reject(new Error("nothing is rented here"));
	const note = (text: string) => progress.note(text);
	const instance = world.open(
		{ config, clock, signal, note, temporal, vast, acceptHostKey: async () => true, credential: undefined },
		name,
	);
	const common = { config, clock, progress, signal, temporal };
	return {
		...common,
		instance: watch(instance, host.watched),
		registry: async () => registry,
		store: () => storeOf(host),
		attested: (digest) => host.attested(digest),
	};
}

async function temporalOf({ temporalFailure, world }: ControlHost): Promise<Temporal> {
	if (temporalFailure) throw temporalFailure;
	return world.temporal;
}

async function storeOf({ storeFailure }: ControlHost): ReturnType<typeof goodStore> {
	if (storeFailure) throw storeFailure;
	return goodStore();
}

const noting = (notes: string[]): Progress => ({
	step: (title, work) => {
		notes.push(title);
		return work((text) => void notes.push(text));
	},
	note: (text) => void notes.push(text),
});

async function newestJournal(state: string, name: string): Promise<string> {
	const folder = join(state, "journal", name);
	const names = await readdir(folder).catch((): string[] => []);
	return join(folder, names.toSorted().at(-1) ?? "none");
}
