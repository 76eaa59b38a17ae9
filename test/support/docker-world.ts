import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { DockerInstance } from "../../src/config/schema.ts";
import { dockerInstance } from "../../src/instances/docker/instance.ts";
import type { ConnectHost } from "../../src/instances/docker/ports.ts";
import type { Instance } from "../../src/instances/instance.ts";
import { deploy } from "../../src/rollout/deploy.ts";
import type { DeployOptions } from "../../src/rollout/options.ts";
import type { RolloutPorts } from "../../src/rollout/ports.ts";
import type { Rollout } from "../../src/rollout/report.ts";
import { statusOf, type InstanceStatus } from "../../src/rollout/status.ts";
import { readReleases, type Release } from "../../src/state/releases.ts";
import { connectTo } from "./fake-container-host.ts";
import { FakeDaemon } from "./fake-daemon.ts";
import { fakeRegistry } from "./fake-registry.ts";
import { unattested } from "./attestations.ts";
import { goodStore } from "./good-store.ts";
import { FakeTemporal } from "./fake-temporal.ts";
import { virtualClock } from "./virtual-clock.ts";
import { PLAIN_PERIMETER } from "./plain-perimeter.ts";

export const NAME = "cpu-1";
const ADDRESS = "registry.test:5000";
/** Where instances pull from. */
export const PULL_ADDRESS = "registry.inside:5000";
export const REPOSITORY = "owner/worker";
export const BUILD = { first: "111111111111", second: "222222222222", third: "333333333333", fourth: "444444444444" };
export const SECRET = "key-of-the-store";

/** One Docker host, one registry, one Temporal, and any number of control hosts. */
export interface DockerWorld {
	clock: ReturnType<typeof virtualClock>;
	daemon: FakeDaemon;
	temporal: FakeTemporal;
	/** Another clone: a configuration and a state directory of its own, for the same instance. */
	controlHost(change?: Partial<Settings>): Promise<ControlHost>;
	close(): Promise<void>;
}

/** One who deploys. */
export interface ControlHost {
	config: Config;
	/** What people were told. */
	notes: string[];
	/** Ctrl-C. */
	interrupt: AbortController;
	instance: Instance;
	ports: RolloutPorts;
	deploy(buildId: string, options?: Partial<DeployOptions>): Promise<Rollout>;
	/** Does something once, when a step with that title begins. */
	onStep(title: string, act: () => unknown): void;
	status(): Promise<InstanceStatus>;
	releases(): Promise<Release[]>;
	/** Text of docs/PLAN.md. */
	plan(): Promise<string>;
}

interface Settings {
	roles: ("cpu" | "gpu")[];
	instance: Record<string, unknown>;
	rollout: Record<string, unknown>;
	rest: Record<string, unknown>;
}

export async function makeDockerWorld(
	given: Partial<Settings> = {},
	connect: (daemon: FakeDaemon) => ConnectHost = connectTo,
): Promise<DockerWorld> {
	const clock = virtualClock();
	const builds = new Set(Object.values(BUILD));
	const daemon = new FakeDaemon(clock, builds);
	const temporal = new FakeTemporal(daemon);
	const roots: string[] = [];
	return {
		...{ clock, daemon, temporal },
		async controlHost(change = {}) {
			const root = await mkdtemp(join(tmpdir(), "cres-docker-"));
			roots.push(root);
			await writeProject(root, { ...given, ...change });
			return controlHost(await loadConfig({ directory: root, environment: {} }), { clock, daemon, temporal, connect });
		},
		close: async () => void (await Promise.all(roots.map((root) => rm(root, { recursive: true, force: true })))),
	};
}

function controlHost(
	config: Config,
	{
		clock,
		daemon,
		temporal,
		connect,
	}: Pick<DockerWorld, "clock" | "daemon" | "temporal"> & { connect: (daemon: FakeDaemon) => ConnectHost },
) {
	const notes: string[] = [];
	const interrupt = new AbortController();
	const acts = new Map<string, () => unknown>();
	const progress = actingProgress(notes, acts);
	const note = (text: string) => progress.note(text);
	const { signal } = interrupt;
	const client = temporal.client();
	const common = { config, clock, signal, temporal: async () => client };
	const vast = () => Promise.reject(new Error("nothing is rented here"));
	const instancePorts = { ...common, note, vast, acceptHostKey: async () => false, credential: undefined };
	const settings = config.instances[NAME] as DockerInstance;
	const open = () => dockerInstance(instancePorts, NAME, settings, connect(daemon));
	const instance = open();
	const registry = async () =>
		fakeRegistry(
			ADDRESS,
			[...daemon.builds].map((buildId) => ({ buildId })),
		);
	const ports: RolloutPorts = { ...common, instance, progress, registry, store: goodStore, attested: unattested };
	const host: ControlHost = {
		...{ config, notes, interrupt, instance, ports },
		deploy: (buildId, options = {}) =>
			deploy(ports, { reference: `b-${buildId}` }, { dryRun: false, purpose: "deploy", ...options }),
		onStep: (title, act) => void acts.set(title, act),
		status: async () => (await statusOf({ ...common, open: async () => open() }, [NAME])).instances[0]!,
		releases: () => readReleases(config.state, NAME),
		plan: () => readFile(join(config.root, "docs", "PLAN.md"), "utf8"),
	};
	return host;
}

/** Notes titles and reports. Before the first step whose title holds the key of an act, that act is done. */
function actingProgress(notes: string[], acts: Map<string, () => unknown>): RolloutPorts["progress"] {
	const note = (text: string) => void notes.push(text);
	return {
		note,
		async step(title, work) {
			note(title);
			const key = [...acts.keys()].find((one) => title.includes(one));
			const act = key === undefined ? undefined : acts.get(key);
			acts.delete(key ?? "");
			await act?.();
			return work(note);
		},
	};
}

async function writeProject(
	root: string,
	{ roles = ["cpu"], instance, rollout, rest }: Partial<Settings>,
): Promise<void> {
	const settings = {
		project: "shop",
		image: { repository: REPOSITORY },
		registry: { push: { address: ADDRESS }, pull: { address: PULL_ADDRESS } },
		temporal: { address: "temporal.test:7233" },
		store: { endpoint: "store.test:9000" },
		queue: "jobs",
		rollout: { deploy_timeout: "10s", drain_timeout: "5s", watch: "2s", retain: 2, ...rollout },
		instances: { [NAME]: { driver: "docker", host: "10.0.0.5", key: "id", roles, ...instance } },
		...rest,
	};
	await mkdir(join(root, "docs"));
	await writeFile(join(root, "docs", "PLAN.md"), "# PLAN\n");
	await writeFile(join(root, "docs", "Perimeter.md"), PLAIN_PERIMETER);
	await writeFile(join(root, "cres.yaml"), stringify(settings));
	await writeFile(join(root, ".env"), `MINIO_ACCESS_KEY=access\nMINIO_SECRET_KEY=${SECRET}\n`);
}
