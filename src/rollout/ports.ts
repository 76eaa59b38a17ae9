import type { Config } from "../config/config.ts";
import type { ContainerHost } from "../instances/docker/container-host.ts";
import type { Registry } from "../registry/registry.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import type { Temporal } from "../temporal/temporal.ts";
import type { Contract, NewContract, Vast } from "../vast/vast.ts";

interface OpenOptions {
	/** Called while the host answers. */
	dialled?: () => void;
	/** Ends the attempt; Ctrl-C unless given. */
	signal?: AbortSignal;
}

/** How the Vast driver reads and changes contracts. */
export interface VastPorts {
	api: Vast;
	/** A contract as the platform shows it now; reads of many rollouts go in one call. Undefined when it is gone. */
	read(id: number): Promise<Contract | undefined>;
	/** Runs at the platform's pace: its milliseconds are those of the platform's intervals. */
	clock: Clock;
	/** How long an sshd may take to answer, in milliseconds of real time. */
	handshakeMs: number;
	/** The registry with the credential that the platform's hosts pull with. */
	registry(): Promise<Registry>;
	/** That credential, for a contract to be made with; undefined where the registry asks for none. */
	login: NewContract["login"];
}

/** What a rollout of one instance talks to. */
export interface RolloutPorts {
	/** Name of the instance. */
	instance: string;
	config: Config;
	clock: Clock;
	progress: Progress;
	/** Aborted by Ctrl-C: the rollout then goes back to what ran before. */
	signal: AbortSignal;
	/** A fresh connection to the instance's Docker daemon. */
	openHost(options?: OpenOptions): Promise<ContainerHost>;
	/** @throws UserError vast_key_missing */
	vast(): Promise<VastPorts>;
	temporal(): Promise<Temporal>;
	/** The registry as the operator addresses it. */
	registry(): Promise<Registry>;
}
