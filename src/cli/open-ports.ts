import type { Config } from "../config/config.ts";
import type { Registry } from "../registry/registry.ts";
import type { Store } from "../store/store.ts";
import type { Clock, ClockSkew } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import type { Shell } from "../system/shell.ts";
import type { Temporal } from "../temporal/temporal.ts";
import type { VastAccount } from "../vast/account.ts";
import type { MachinePorts } from "./machine.ts";
import { once } from "./once.ts";
import { openRegistry } from "./open-registry.ts";
import { openTemporal } from "./open-temporal.ts";

/** What every domain is given. */
export interface Common {
	config: Config;
	shell: Shell;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
}

/** What a rollout also needs while it goes back. */
export interface Platforms {
	temporal: () => Promise<Temporal>;
	/** The Vast account. @throws UserError vast_key_missing */
	vast: () => Promise<VastAccount>;
}

/** What cres.yaml names, each opened once, when it is first asked for. A signal ends its calls. */
export interface Ports extends Platforms {
	/** The registry as the operator (`push`) or an instance (`pull`) addresses it, with the operator's credential. */
	registry: (side: "push" | "pull") => Promise<Registry>;
	store: () => Promise<Store>;
	/** The same, with calls that no signal ends: going back and tidying up outlive Ctrl-C. */
	lasting: Platforms;
}

/** What ends with the command. */
export type Closers = (() => Promise<void> | void)[];

interface Shared {
	machine: MachinePorts;
	skew: ClockSkew;
	closers: Closers;
}

/** What is opened is opened when it is first asked for. */
export function openPorts(config: Config, shared: Shared): Ports {
	const { signal } = shared.machine;
	return {
		registry: once((side: "push" | "pull") => openRegistry(config, side, { signal, skew: shared.skew })),
		store: once(async () => {
			const [{ createStore }, { openS3 }] = await Promise.all([
				import("../store/store.ts"),
				import("../store/open.ts"),
			]);
			return createStore(openS3(config));
		}),
		...platforms(config, shared, signal),
		lasting: platforms(config, shared),
	};
}

/** `signal` ends their calls. */
const platforms = (config: Config, { machine, skew, closers }: Shared, signal?: AbortSignal): Platforms => ({
	temporal: once(async () => {
		const temporal = await openTemporal(config, skew, signal);
		closers.push(() => temporal.close());
		return temporal;
	}),
	vast: once(async () => (await import("./open-vast.ts")).openVast(config, machine.clock, signal)),
});
