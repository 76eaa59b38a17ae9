import type { Instance } from "../../../src/instances/instance.ts";
import type { InstancePorts } from "../../../src/instances/ports.ts";
import type { Registry } from "../../../src/registry/registry.ts";
import type { Clock } from "../../../src/system/clock.ts";
import type { Temporal } from "../../../src/temporal/temporal.ts";

/** What is wrong with the containers of a build. */
export type Defect = "never-polls" | "dies" | "restarts";

/** What a driver brings to be put through the suite: instances, and what they and cres talk to. */
export interface RolloutWorld {
	readonly clock: Clock;
	readonly registry: Registry;
	readonly temporal: Temporal;
	/** Settings of cres.yaml: registry, Temporal, queue; `instances` holds one at least, with the role cpu. */
	readonly settings: { instances: Readonly<Record<string, object>> } & Readonly<Record<string, unknown>>;
	/** Build ids of images that the registry has. */
	readonly builds: { first: string; second: string; third: string };
	/** What every control host opens: it holds no state but that of the instance itself. */
	open(ports: InstancePorts, name: string): Instance;
	/** Build ids of the containers that run on an instance, the oldest first. */
	running(name: string): Promise<string[]>;
	/** From now on containers of that build have that defect; `undefined`: none. */
	spoil(buildId: string, defect: Defect | undefined): void;
	close(): Promise<void>;
}

export type MakeWorld = () => Promise<RolloutWorld>;
