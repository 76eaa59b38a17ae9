import type { FindAttested } from "../attest/attested.ts";
import type { AttestPorts } from "../attest/ports.ts";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/config.ts";
import type { DoctorPorts } from "../checks/doctor/doctor-ports.ts";
import type { RuntimePorts } from "../checks/runtime/ports.ts";
import type { ControlPorts } from "../control/control-ports.ts";
import type { InstallPorts } from "../control/install/install-ports.ts";
import type { BuildPorts } from "../image/ports.ts";
import type { GitHub } from "../github/client.ts";
import type { Instance } from "../instances/instance.ts";
import type { InstancePorts } from "../instances/ports.ts";
import type { PromotionPorts } from "../promotion/ports.ts";
import type { PrunePorts } from "../prune/ports.ts";
import type { Registry } from "../registry/registry.ts";
import type { RolloutPorts } from "../rollout/ports.ts";
import type { Store } from "../store/store.ts";
import { adoptEarlierState } from "../state/directory.ts";
import type { SmokePorts } from "../smoke/ports.ts";
import { createSkew, type Clock, type ClockSkew } from "../system/clock.ts";
import { prefixed, type Progress } from "../system/progress.ts";
import type { Shell } from "../system/shell.ts";
import type { Temporal } from "../temporal/temporal.ts";
import type { VastAccount } from "../vast/account.ts";
import type { MachinePorts } from "./machine.ts";
import { openControl, openInstall } from "./open-control.ts";
import { openDoctor } from "./open-doctor.ts";
import { openSmoke } from "./open-smoke.ts";
import { openRegistry, openRemoval, registryCredential } from "./open-registry.ts";
import { openTemporal } from "./open-temporal.ts";
import type { Talk } from "./talk.ts";

/** Everything a command may hand to a domain: the ports of this machine, and of what cres.yaml names. */
export interface Context {
	config: Config;
	shell: Shell;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
	/** The registry as the operator (`push`) or an instance (`pull`) addresses it, with the operator's credential. */
	registry(side: "push" | "pull"): Promise<Registry>;
	temporal(): Promise<Temporal>;
	store(): Promise<Store>;
	/** What a build talks to. */
	build(): BuildPorts;
	/** What attestations talk to. */
	attest(): AttestPorts;
	/** What a smoke test talks to. */
	smoke(): SmokePorts;
	/** The Vast account; its calls end with the command. @throws UserError vast_key_missing */
	vast(): Promise<VastAccount>;
	/** The repository that builds the images. @throws UserError github_token_missing, github_repository_unset (usage) */
	github(): Promise<GitHub>;
	/** An instance of cres.yaml as an object, opened once. @throws UserError unknown_instance (usage) */
	instance(name: string): Promise<Instance>;
	/** What a rollout of one instance talks to. */
	rollout(name: string): Promise<RolloutPorts>;
	/** The same for instances that are rolled at the same time: their progress comes in lines, under their names. */
	fleet(name: string): Promise<RolloutPorts>;
	/** What a promotion talks to. */
	promotion(): PromotionPorts;
	/** What `cres prune registry` talks to. */
	prune(): PrunePorts;
	/** What the control plane of this machine is started and asked with. */
	control(): ControlPorts;
	/** What has this machine boot it at its start. */
	install(): InstallPorts;
	/** What the checks of `cres doctor` ask. */
	doctor(): DoctorPorts;
	/** What a runtime triage asks. */
	triage(): RuntimePorts;
	close(): Promise<void>;
}

export interface ContextOptions {
	configPath: string | undefined;
	/** --accept-host-key was given. */
	acceptHostKey: boolean;
	talk: Talk;
	machine: MachinePorts;
}

export async function openContext({ configPath, acceptHostKey, talk, machine }: ContextOptions): Promise<Context> {
	const config = await loadConfig({ ...(configPath === undefined ? {} : { path: configPath }) });
	await adoptEarlierState(config.state);
	const closers: (() => Promise<void> | void)[] = [];
	const { progress, lines } = talk;
	const { shell, clock, signal } = machine;
	for (const warning of config.warnings) progress.note(warning);
	const skew = createSkew();
	const ports = openPorts(config, { machine, skew, closers });
	const common = { config, shell, clock, progress, signal };
	const attest = (): AttestPorts => ({ ...common, registry: () => ports.registry("push") });
	const attested: FindAttested = async (...of) => (await import("../attest/verify.ts")).verifySmoke(attest(), ...of);
	const promotion = (): PromotionPorts => ({ ...attest(), ...common, attested });
	const instances = (noted: Progress, ended: AbortSignal) =>
		once(async (name: string) => {
			const { openInstance } = await import("../instances/open.ts");
			const instance = await openInstance(
				instancePorts(ports, { ...common, progress: noted, signal: ended }, acceptHostKey),
				name,
			);
			closers.push(() => instance.close()); // a connection that is left open keeps the process alive
			return instance;
		});
	const instance = instances(progress, signal);
	const control = () => openControl(config, { machine, lines, store: ports.store, skew });
	const install = () => openInstall(common);
	const rollout = async (name: string, shown: Progress): Promise<RolloutPorts> => ({
		...common,
		progress: shown,
		instance: await (shown === progress ? instance : instances(shown, signal))(name),
		temporal: ports.temporal,
		registry: () => ports.registry("push"),
		store: ports.store,
		attested,
		skew,
	});
	return {
		...common,
		...ports,
		vast: once(async () => (await import("./open-vast.ts")).openVast(config, clock, signal)),
		github: once(async () => (await import("./open-github.ts")).openGitHub(common)),
		instance,
		rollout: (name) => rollout(name, progress),
		fleet: (name) => rollout(name, prefixed(lines, name)),
		attest,
		build: () => ({ ...common, registry: () => ports.registry("push"), credential: registryCredential(config) }),
		promotion,
		prune: () => ({
			...promotion(),
			open: instance,
			temporal: ports.temporal,
			remove: openRemoval(config, { signal, registry: () => ports.registry("push") }),
		}),
		smoke: () => openSmoke({ ...machine, ...common, ...ports, registry: () => ports.registry("push") }),
		control,
		install,
		doctor: () => openDoctor({ ...machine, ...common, ...ports, instance }, { control, install }),
		triage: () => ({ ...common, ...ports, instance, drift: driftPort(config) }),
		close: async () => void (await Promise.allSettled(closers.map(async (close) => close()))),
	};
}

type Common = Pick<Context, "config" | "shell" | "clock" | "progress" | "signal">;
type Ports = Pick<Context, "registry" | "temporal" | "store" | "vast">;

interface Shared {
	machine: MachinePorts;
	skew: ClockSkew;
	closers: (() => Promise<void> | void)[];
}

function openPorts(config: Config, { machine, skew, closers }: Shared): Ports {
	return {
		registry: once((side: "push" | "pull") => openRegistry(config, side, { signal: machine.signal, skew })),
		temporal: once(async () => {
			const temporal = await openTemporal(config, skew);
			closers.push(() => temporal.close());
			return temporal;
		}),
		store: once(async () => {
			const [{ createStore }, { openS3 }] = await Promise.all([
				import("../store/store.ts"),
				import("../store/open.ts"),
			]);
			return createStore(openS3(config));
		}),
		vast: once(async () => (await import("./open-vast.ts")).openVast(config, machine.clock)), // going back outlives Ctrl-C
	};
}

const instancePorts = (
	{ temporal, vast }: Ports,
	{ config, clock, signal, progress }: Common,
	accept: boolean,
): InstancePorts => ({
	...{ config, clock, signal, temporal, vast },
	note: (text) => progress.note(text),
	acceptHostKey: async () => accept,
	credential: registryCredential(config),
});

const driftPort =
	(config: Config): RuntimePorts["drift"] =>
	async (instance, running, releases) => {
		const [{ driftOf }, { fingerprintKey }] = await Promise.all([
			import("../rollout/status.ts"),
			import("../state/fingerprint-key.ts"),
		]);
		return driftOf(config, instance, { running, releases: [...releases], key: await fingerprintKey(config.state) });
	};

/** The same promise for the same argument. */
function once<A extends readonly string[], T>(make: (...key: A) => Promise<T>): (...key: A) => Promise<T> {
	const made = new Map<string, Promise<T>>();
	return (...key) => {
		const found = made.get(key.join()) ?? make(...key);
		made.set(key.join(), found);
		return found;
	};
}
