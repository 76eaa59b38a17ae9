import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/config.ts";
import type { BuildPorts } from "../image/ports.ts";
import type { Registry } from "../registry/registry.ts";
import type { RolloutPorts } from "../rollout/ports.ts";
import type { Store } from "../store/store.ts";
import { systemClock, type Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import { systemShell, type Shell } from "../system/shell.ts";
import type { Temporal } from "../temporal/temporal.ts";
import { createProgress } from "./progress.ts";

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
	/** What a rollout of one instance talks to; connections open when first asked for. */
	rollout(instance: string): RolloutPorts;
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
		registry: once(async (side: "push" | "pull") => {
			const { createRegistry } = await import("../registry/registry.ts");
			const address = side === "pull" ? (config.registry.pull ?? config.registry.push) : config.registry.push;
			return createRegistry(address, registryCredential(config));
		}),
		temporal: once(async () => {
			const { connectTemporal } = await import("../temporal/temporal.ts");
			const apiKey = config.secret("TEMPORAL_API_KEY");
			const temporal = await connectTemporal({ ...config.temporal, ...(apiKey ? { apiKey } : {}) });
			closers.push(() => temporal.close());
			return temporal;
		}),
		store: once(async () => {
			const { createStore } = await import("../store/store.ts");
			return createStore(config.store, {
				accessKey: config.secret("MINIO_ACCESS_KEY"),
				secretKey: config.secret("MINIO_SECRET_KEY"),
			});
		}),
	};
	const common = { config, shell: systemShell, clock: systemClock, progress, signal };
	return {
		...common,
		...ports,
		build: () => ({ ...common, registry: () => ports.registry("push"), credential: registryCredential(config) }),
		rollout: (instance) => ({
			...common,
			instance,
			openHost: async () => {
				const { openContainerHost } = await import("../instance/open.ts");
				return openContainerHost(config, instance, registryCredential(config), signal);
			},
			temporal: ports.temporal,
			registry: () => ports.registry("push"),
		}),
		close: async () => void (await Promise.allSettled(closers.map((close) => close()))),
	};
}

/** Username and password of the registry, when both are set. */
export function registryCredential(config: Config) {
	const username = config.value("REGISTRY_USERNAME");
	const password = config.secret("REGISTRY_PASSWORD");
	return username && password ? { username, password } : undefined;
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
