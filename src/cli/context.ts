import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/config.ts";
import type { DoctorPorts } from "../checks/doctor/doctor-ports.ts";
import type { BuildPorts } from "../image/ports.ts";
import type { Registry } from "../registry/registry.ts";
import type { ReachPorts } from "../instances/vast/connect.ts";
import type { RolloutPorts } from "../rollout/ports.ts";
import type { Store } from "../store/store.ts";
import { systemClock, type Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import { systemShell, type Shell } from "../system/shell.ts";
import type { Temporal } from "../temporal/temporal.ts";
import type { Vast } from "../vast/vast.ts";
import { createProgress, plainProgress } from "./progress.ts";
import { openRegistry, registryCredential } from "./open-registry.ts";

/** Shorter than the time for a check, so that the registry's own message is shown and no request outlives the report. */
const DOCTOR_TIMEOUT_MS = 4_000;

/** Everything a command may hand to a domain. The one place where ports meet their implementations. */
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
	/** The Vast account. @throws UserError vast_key_missing */
	vast(): Promise<Vast>;
	/** How the container of a Vast contract is reached. */
	reach(): Promise<ReachPorts>;
	/** What the worker of an instance has in its environment; secrets without their value. */
	readEnvironment(instance: string): Promise<Record<string, string>>;
	/** What a rollout of one instance talks to; connections open when first asked for. */
	rollout(instance: string): RolloutPorts;
	/** The same for instances that are rolled at the same time: their progress comes in lines. */
	fleet(instance: string): RolloutPorts;
	/** What the checks of `cres doctor` ask. */
	doctor(): DoctorPorts;
	close(): Promise<void>;
}

export interface ContextOptions {
	configPath: string | undefined;
	signal: AbortSignal;
}

export async function openContext({ configPath, signal }: ContextOptions): Promise<Context> {
	const config = await loadConfig({ ...(configPath === undefined ? {} : { path: configPath }) });
	const closers: (() => Promise<void>)[] = [];
	const progress = createProgress(process.stderr);
	const ports = {
		registry: once((side: "push" | "pull") => openRegistry(config, side)),
		temporal: once(async () => {
			const { connectTemporal } = await import("../temporal/temporal.ts");
			const apiKey = config.secret("TEMPORAL_API_KEY");
			const temporal = await connectTemporal({ ...config.temporal, ...(apiKey ? { apiKey } : {}) });
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
	};
	const common = { config, shell: systemShell, clock: systemClock, progress, signal };
	const account = once(async () => (await import("./vast-ports.ts")).openVast(config)); // going back outlives Ctrl-C
	const vast = once(async () => (await import("./vast-ports.ts")).openVast(config, signal).api);
	const rollout = (instance: string): RolloutPorts => ({
		...common,
		instance,
		openHost: async ({ dialled, signal: ended = signal } = {}) => {
			const { openContainerHost } = await import("../instances/find.ts");
			const host = await openContainerHost(config, instance, registryCredential(config), ended, dialled);
			closers.push(async () => host.close()); // a connection that is left open keeps the process alive
			return host;
		},
		vast: account,
		temporal: ports.temporal,
		registry: () => ports.registry("push"),
	});
	return {
		...common,
		...ports,
		vast,
		reach: async () => {
			const { api, clock, handshakeMs } = await account();
			return { config, vast: api, clock, handshakeMs, signal, note: (text) => progress.note(text) };
		},
		readEnvironment: async (instance) => {
			const { readEnvironment } = await import("../rollout/environment.ts");
			return readEnvironment(rollout(instance));
		},
		build: () => ({ ...common, registry: () => ports.registry("push"), credential: registryCredential(config) }),
		rollout,
		fleet: (instance) => ({ ...rollout(instance), progress: plainProgress(process.stderr) }),
		doctor: () => ({
			...common,
			...ports,
			registry: (side) => openRegistry(config, side, { timeoutMs: DOCTOR_TIMEOUT_MS }),
			vast,
			machine: { platform: process.platform, node: process.versions.node },
			docker: async (ended) => {
				const { findDocker } = await import("../image/docker-cli.ts");
				return findDocker(systemShell, ended);
			},
			tokenScopes: async (token, ended) => {
				const { tokenScopes } = await import("../github/token.ts");
				return tokenScopes(token, ended);
			},
			openHost: async (instance, ended) => {
				const { openContainerHost } = await import("../instances/find.ts");
				return openContainerHost(config, instance, undefined, ended);
			},
			serverTime: async (url, ca) => {
				const { readServerTime } = await import("../registry/server-time.ts");
				return readServerTime(url, ca);
			},
		}),
		close: async () => void (await Promise.allSettled(closers.map((close) => close()))),
	};
}

/** The same promise for the same argument. */
function once<A extends readonly string[], T>(make: (...key: A) => Promise<T>): (...key: A) => Promise<T> {
	const made = new Map<string, Promise<T>>();
	return (...key) => {
		const found = made.get(key.join()) ?? make(...key);
		made.set(key.join(), found);
		return found;
	};
}
