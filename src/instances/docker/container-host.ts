import type { UserError } from "../../errors/errors.ts";
import type { Secret } from "../../secrets/secret.ts";
import type { AttachedStreams } from "../attached.ts";

/** A container of ours, as the instance's Docker daemon sees it. */
export interface ContainerState {
	id: string;
	name: string;
	/** Docker's word: created, running, restarting, exited, … */
	state: string;
	/** How often the daemon restarted it since it was started. */
	restarts: number;
	/** Last exit code; 0 while it runs for the first time. */
	exitCode: number;
	/** Milliseconds since the epoch. */
	startedAt: number;
	labels: Readonly<Record<string, string>>;
	/** Its address on the host's bridge; null while it has none. */
	address: string | null;
}

/** What never changes of a container. */
export type ListedContainer = Pick<ContainerState, "id" | "name" | "labels">;

/** What the daemon is told to run. */
export interface ContainerSpec {
	name: string;
	/** `host/repository@sha256:…` */
	image: string;
	env: Readonly<Record<string, string>>;
	secrets: Readonly<Record<string, Secret>>;
	labels: Readonly<Record<string, string>>;
	memoryMb: number | undefined;
	gpu: boolean;
	/** Folders that its programs write to; absent: anywhere. */
	writes?: readonly string[];
}

export interface HostFacts {
	/** `linux/amd64` */
	platform: string;
	/** The daemon can hand GPUs to containers. */
	gpu: boolean;
	/** Names of all of them, such as `nvidia.com/gpu=all`, where they are described to it (CDI) and NVIDIA's runtime is not there. */
	cdi?: readonly string[];
	/** It has NVIDIA's runtime, but no driver that is loaded: a container with a GPU would not start. */
	driverless?: true;
	/** Where images and containers are stored. */
	dataRoot: string;
}

export interface StoredImage {
	id: string;
	/** `host/repository@sha256:…` references that name it. */
	references: string[];
	/** Seconds since the epoch. */
	createdAt: number;
	labels: Readonly<Record<string, string>>;
	/** Unpacked, without layers that other images have too where the daemon tells those. */
	bytes: number;
}

/** A volume, as the instance's Docker daemon sees it. */
export interface VolumeState {
	name: string;
	labels: Readonly<Record<string, string>>;
	/** By the clock of the daemon's host, milliseconds since the epoch; whole seconds. */
	createdAt: number;
}

export interface LogOptions {
	/** Last lines only. */
	tail: number;
	follow?: boolean;
	/** None that is older; milliseconds since the epoch. */
	since?: number | undefined;
	signal?: AbortSignal;
}

export interface ExecOptions {
	/** Aborted: the program's standard input is closed, and nobody waits for it any more. */
	signal: AbortSignal;
	/** Milliseconds after which the same happens. */
	timeout: number;
}

/** What a program in a container left. */
interface ExecResult {
	/** Null when the daemon does not tell. */
	exitCode: number | null;
	stdout: string;
	stderr: string;
}

/** What a rollout asks of the place where containers run. */
export interface ContainerHost {
	/** From now on Ctrl-C ends no question: going back must come to its end. */
	ignoreInterrupts(): void;
	/** Where no role needs a GPU, `forGpu: false` spares a look at the host's files, which runs a program there: `gpu` is then what the daemon alone tells. */
	facts(options?: { forGpu: boolean }): Promise<HostFacts>;
	/** Bytes free in the data root; undefined when the host does not tell. Slower than all else: it runs a program there, and begins before the data root is known. */
	freeBytes(dataRoot: Promise<string>): Promise<number | undefined>;
	/**
	 * All containers that carry these labels, running or not. The one that is named `likely` is looked at while the
	 * daemon lists them, which saves a round trip where it is the only one.
	 */
	containers(labels: Readonly<Record<string, string>>, likely?: string): Promise<ContainerState[]>;
	/** The same, in one question: what never changes of them. */
	listed(labels: Readonly<Record<string, string>>): Promise<ListedContainer[]>;
	/** Undefined when it is gone. */
	container(id: string): Promise<ContainerState | undefined>;
	/** The environment that a container was made with. */
	environment(id: string): Promise<Record<string, string>>;
	/** An image is there under that name. */
	hasImage(reference: string): Promise<boolean>;
	/** Pulls by digest. The credential travels in the request header only. */
	pull(reference: string, report: (text: string) => void, signal: AbortSignal): Promise<void>;
	/** Creates without starting; returns the container id. */
	create(spec: ContainerSpec): Promise<string>;
	start(id: string): Promise<void>;
	/** SIGTERM, then SIGKILL after `graceMs`. Stopping what does not run is no error. */
	stop(id: string, graceMs: number): Promise<void>;
	/** Removes a container, running or not. Removing what is gone is no error. */
	remove(id: string): Promise<void>;
	/**
	 * Runs a program in a container until it ends. Docker can end none: it must do so when its standard input is closed.
	 * Rejects with the reason of the abort.
	 */
	exec(id: string, argv: readonly string[], options: ExecOptions): Promise<ExecResult>;
	/** Runs a program in a container with the given streams; returns its exit code. Rejects with the reason of the abort. */
	attach(id: string, argv: readonly string[], streams: AttachedStreams): Promise<number>;
	/** Each line with the daemon's time, RFC 3339, and a blank before it. */
	logs(id: string, options: LogOptions): AsyncIterable<string>;
	/** All volumes that carry these labels. */
	volumes(labels: Readonly<Record<string, string>>): Promise<VolumeState[]>;
	/**
	 * Makes a volume unless there is one of this name, in one step; returns the one that is there then. Its labels tell
	 * who was first (Docker Engine API, POST /volumes/create).
	 */
	createVolume(name: string, labels: Readonly<Record<string, string>>): Promise<VolumeState>;
	/** Removing what is gone is no error. */
	removeVolume(name: string): Promise<void>;
	/** The clock of the daemon's host, milliseconds since the epoch. */
	now(): Promise<number>;
	/** Images with this label. */
	images(label: string): Promise<StoredImage[]>;
	/** False when a container still uses it. */
	removeImage(reference: string): Promise<boolean>;
	/** Calls `listener` when the connection is lost before `close`. */
	onLost(listener: (error: UserError) => void): void;
	close(): void;
}
