import type { InstanceConfig } from "../config/schema.ts";
import type { Check } from "../checks/doctor/check.ts";
import type { UserError } from "../errors/errors.ts";
import type { ReleaseImage } from "../registry/release-image.ts";
import type { RolloutRun } from "../rollout/rollout-run.ts";
import type { Step } from "../rollout/step.ts";
import type { NextRelease } from "../rollout/wanted.ts";
import type { Progress } from "../system/progress.ts";
import type { Shell } from "../system/shell.ts";
import type { PollerRow } from "../temporal/pollers.ts";
import type { Release } from "../state/releases.ts";
import type { AttachedStreams, ContainerPorts } from "./attached.ts";
import type { Discovery, KnownEndpoint, PinnedTarget } from "./endpoint.ts";
import type { InstanceImages } from "./images.ts";
import type { InstanceLease, LeaseHolder } from "./lease.ts";
import type { LogLine, LogOptions } from "./log-line.ts";
import type { SshSession } from "./ssh/session.ts";

/** A named target of cres.yaml: it can be described, connected to, executed on and rolled. Opened by `open.ts` alone. */
export interface Instance {
	readonly name: string;
	readonly settings: InstanceConfig;
	/** Where its sshd answers, as far as it is known without asking anybody. */
	endpoint(): Promise<KnownEndpoint>;
	/** The same with the key to log in with and the host key that must be shown. @throws UserError endpoint_unknown, host_key_unknown */
	sshTarget(): Promise<PinnedTarget>;
	/** Asks the platform where it answers; undefined where the address stands in cres.yaml. */
	discover?(): Promise<Discovery>;
	/** A connection to its sshd: on a Docker host to the host, at Vast to the container. The caller closes it. */
	connect(): Promise<SshSession>;
	/**
	 * Runs a program in the container that runs; returns what it printed, at most 16 MiB. Rejects with the signal's reason.
	 * @throws UserError nothing_runs, and no_answer or docker_failed when it prints more or takes longer
	 */
	exec(argv: readonly string[], options: ExecOptions): Promise<string>;
	/** Runs a program in the container that runs, with the given streams; returns its exit code. @throws UserError nothing_runs */
	attach(argv: readonly string[], streams: AttachedStreams): Promise<number>;
	/** Streams to the ports of the container that runs. The caller closes them. @throws UserError nothing_runs */
	ports(): Promise<ContainerPorts>;
	/** The container's address as the machine of its sshd sees it. @throws UserError nothing_runs */
	portHost(): Promise<string>;
	/** Log lines of the container's programs, in order of time. Ends with the log, or with the command when following. */
	logs(options: LogOptions): AsyncIterable<LogLine>;
	/** What the worker's process has in its environment, names of secrets with an empty value. */
	environment: () => Promise<Record<string, string>>;
	/**
	 * What runs there now. `polls` tells those of all task queues of its roles, none when Temporal does not answer; it is
	 * asked where a driver needs it. `dialled` is called while the instance answers.
	 */
	running(polls: () => Promise<readonly PollerRow[]>, dialled?: () => void): Promise<Running>;
	/** Under the instance's lease. @throws UserError nothing_deployed, never_polled, container_died */
	changeLife(action: LifecycleAction, call: LifecycleCall): Promise<LifecycleChange>;
	/** The lease as the instance itself holds it. */
	readonly lease: InstanceLease;
	/** Brings a release to where the instance is. */
	readonly roll: Roller;
	/** Brings a release to another contract; undefined where nothing is rented. */
	readonly replace?: Roller;
	/** What its own daemon keeps; undefined where it has none. */
	readonly images?: InstanceImages;
	/** What `cres doctor` checks of it, on this machine. */
	checks(machine: { platform: NodeJS.Platform; shell: Shell }): Check[];
	/** Closes what it opened. */
	close(): void;
}

export interface ExecOptions {
	signal: AbortSignal;
	/** Milliseconds until nobody waits any more. */
	timeout: number;
}

/** What is seen to run on an instance. */
export interface Running {
	/** The container that serves; null when none is known to run. */
	container: RunningContainer | null;
	/** How many containers of ours run. */
	count: number;
	/** Number of the newest container's life; null when there never was one. */
	generation: number | null;
	/** The instance hands a GPU to its containers. */
	gpu: boolean;
	/** Why none runs, and what to type; null when one does. */
	stopped: { detail: string; fix: string | null } | null;
	/** Who holds the instance's lease, as it stands there. */
	holder: LeaseHolder | undefined;
}

export interface RunningContainer {
	/** Empty when it is not known. */
	digest: string;
	buildId: string;
	/** Null when it is not known. */
	specHash: string | null;
	/** RFC 3339. */
	since: string;
	/** How often it was restarted. */
	restarts: number;
	/** Whether a worker seen polling is one of this container. */
	owns(poll: PollerRow): boolean;
}

export type LifecycleAction = "stop" | "start" | "restart";

export interface LifecycleCall {
	signal: AbortSignal;
	progress: Progress;
	/** Called right before the first change. */
	begin(): Promise<void>;
}

/** How stop, start or restart ended. */
export interface LifecycleChange {
	/** False: it was so already. */
	changed: boolean;
	buildId: string;
	running: boolean;
	pollers: PollerRow[];
}

/** One way to bring a release to an instance. */
export interface Roller {
	/**
	 * Reads what can be known of the instance before the first side effect; changes nothing.
	 * @throws UserError with every failure together
	 */
	observe(look: Look): Promise<Observation>;
}

export interface Look {
	/** What is wanted, as soon as the registry has told. */
	image: Promise<ReleaseImage>;
	signal: AbortSignal;
	note: (text: string) => void;
	/** Called while the instance answers: what takes long to load is best loaded then. */
	dialled: () => void;
}

/** What was seen of an instance; nothing of it changes. */
export interface Observation {
	/** The instance hands a GPU to its containers. */
	gpu: boolean;
	/** How the instance pulls the image. */
	reference: string;
	/** Compares what is with what is wanted. Pure. */
	weigh(next: NextRelease, known: Known): Outlook;
	/** What keeps the release from running here: architecture, GPU, disk. */
	unfit(next: NextRelease): Promise<UserError[]>;
	/** @throws UserError changed_meanwhile when somebody else changed the instance since it was read */
	assertUnchanged(): Promise<void>;
	/** The steps of one rollout, made possible. */
	begin(run: RolloutRun, next: NextRelease, known: Known): Execution;
	close(): void;
}

/** What the records and Temporal say. */
export interface Known {
	/** Oldest first: all, or the newest with one among them that went live. */
	releases: readonly Release[];
	polls: readonly PollerRow[];
}

/** What a rollout would do. */
export interface Outlook {
	/** The release of ours that runs, if one does; the digest is empty where it is not known. */
	previous: { digest: string; buildId: string } | undefined;
	/** The wanted release runs, alone, and is healthy: nothing needs to be done. */
	serves: boolean;
	/** Number of the container's life that the rollout would make, or of the one that serves. */
	generation: number;
	/** In order; data that survives JSON. */
	plan: Step[];
}

/** One rollout of one instance, under its lease. */
export interface Execution {
	/** Does one step of the plan, which may have gone through JSON. Looks first, then acts, then verifies. */
	perform(step: Step, call: StepCall): Promise<void>;
	/** Something was changed that has to be undone. */
	touched(): boolean;
	/**
	 * Back to what ran before, Ctrl-C or not; undoes only what this rollout made. Returns the polls of what runs then, as
	 * far as Temporal shows them.
	 * @throws whatever keeps it from going back
	 */
	revert(report: (text: string) => void): Promise<PollerRow[]>;
	/** What is left undone although the release is live. */
	leftOver?(): UserError | undefined;
	close(): void;
}

export interface StepCall {
	signal: AbortSignal;
	/** Replaces the line beside the step's title. */
	report: (text: string) => void;
}
