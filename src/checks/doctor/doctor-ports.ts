import type { Config } from "../../config/config.ts";
import type { InstallState } from "../../control/install/look.ts";
import type { ServiceRow } from "../../control/observe.ts";
import type { DockerClient } from "../../image/docker-cli.ts";
import type { Instance } from "../../instances/instance.ts";
import type { Registry } from "../../registry/registry.ts";
import type { Secret } from "../../secrets/secret.ts";
import type { Store } from "../../store/store.ts";
import type { Clock } from "../../system/clock.ts";
import type { Ports } from "../../system/ports.ts";
import type { Processes } from "../../system/processes.ts";
import type { Shell } from "../../system/shell.ts";
import type { Temporal } from "../../temporal/temporal.ts";

/** What the doctor's checks ask, and the facts of this machine that tests set. */
export interface DoctorPorts {
	config: Config;
	shell: Shell;
	clock: Clock;
	processes: Processes;
	ports: Ports;
	signal: AbortSignal;
	machine: {
		platform: NodeJS.Platform;
		/** `24.21.0` */
		node: string;
	};
	/** The docker client that builds, and its daemon. */
	docker(signal: AbortSignal): Promise<DockerClient>;
	registry(side: "push" | "pull"): Promise<Registry>;
	temporal(): Promise<Temporal>;
	store(): Promise<Store>;
	/** Scopes of a GitHub token; undefined for kinds of token that have none. */
	tokenScopes: (token: Secret, signal: AbortSignal) => Promise<string[] | undefined>;
	/** A service of the control plane, as it is now. @throws UserError unknown_service (usage) */
	controlService(name: string): Promise<ServiceRow>;
	/** What boots them when this machine starts; undefined: nothing. */
	controlInstall(): Promise<InstallState | undefined>;
	instance(name: string): Promise<Instance>;
	/** Time in the Date header of whatever the server replies, milliseconds since the epoch; undefined without one. */
	serverTime(url: URL, ca: string | undefined): Promise<number | undefined>;
}
