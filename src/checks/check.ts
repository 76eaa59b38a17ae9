import type { Config } from "../config/config.ts";
import type { DockerClient } from "../image/docker-cli.ts";
import type { ContainerHost } from "../instances/docker/container-host.ts";
import type { Registry } from "../registry/registry.ts";
import type { Secret } from "../secrets/secret.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../system/clock.ts";
import type { Shell } from "../system/shell.ts";
import type { Temporal } from "../temporal/temporal.ts";
import type { Vast } from "../vast/vast.ts";

/** What a check saw. Whatever is not ok carries what to type or change. */
export type Verdict = { status: "ok"; observed: string } | { status: "warn" | "fail"; observed: string; fix: string };

/** One line of `cres doctor`. It only looks; the runner times it, catches what it throws and prints it. */
export interface Check {
	name: string;
	/** What to type when it does not answer, or fails without a hint of its own. */
	fix: string;
	/** A UserError thrown here is a failure with its message and hint. `signal` ends with the time for the check. */
	run: (signal: AbortSignal) => Promise<Verdict>;
}

/** What checks ask, and the facts of this machine that tests set. */
export interface DoctorPorts {
	config: Config;
	shell: Shell;
	clock: Clock;
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
	/** @throws UserError vast_key_missing */
	vast(): Promise<Vast>;
	openHost(instance: string, signal: AbortSignal): Promise<ContainerHost>;
	/** Time in the Date header of whatever the server replies, milliseconds since the epoch; undefined without one. */
	serverTime(url: URL, ca: string | undefined): Promise<number | undefined>;
}

export const ok = (observed: string): Verdict => ({ status: "ok", observed });
export const warn = (observed: string, fix: string): Verdict => ({ status: "warn", observed, fix });
export const fail = (observed: string, fix: string): Verdict => ({ status: "fail", observed, fix });
