import type { Readable, Writable } from "node:stream";
import type { Secret } from "../secrets/secret.ts";

/** A container to make on the network of a smoke test. */
export interface ContainerOrder {
	name: string;
	/** `host/repository@sha256:…` */
	image: string;
	network: string;
	labels: Readonly<Record<string, string>>;
	env?: Readonly<Record<string, string>>;
	secrets?: Readonly<Record<string, Secret>>;
	/** The image's own unless given. */
	entrypoint?: readonly string[];
	command?: readonly string[];
	/** Confined as containers on instances are. */
	confined?: boolean;
	/** Folders that its programs write to, where it is confined; absent: anywhere. */
	writes?: readonly string[];
	/** All GPUs of the daemon. */
	gpu?: boolean;
	/** Its port that is published on a port of this machine's loopback. */
	publish?: number;
}

/** A container as the daemon sees it. */
export interface SeenContainer {
	id: string;
	name: string;
	/** Docker's word: created, running, exited, … */
	state: string;
	exitCode: number;
	outOfMemory: boolean;
	/** On the network of its smoke test; empty while it has none. */
	address: string;
	/** Port of this machine's loopback at which its published port answers. */
	published: number | undefined;
}

/** A container or network that a smoke test has made. */
export interface Thing {
	kind: "container" | "network";
	id: string;
	name: string;
	labels: Readonly<Record<string, string>>;
	/** By the daemon's clock, milliseconds since the epoch. */
	createdAt: number;
}

export interface EngineFacts {
	/** Of the engine. */
	version: string;
	/** It can hand GPUs to containers. */
	gpu: boolean;
	/** Its time, milliseconds since the epoch. */
	now: number;
}

/** What a program in a container left. */
export interface Ran {
	exitCode: number | null;
	stdout: string;
	stderr: string;
}

interface RunOptions {
	signal: AbortSignal;
	/** Milliseconds. */
	timeout: number;
}

/** What a smoke test asks of a Docker daemon. Calls throw UserError docker_failed. */
export interface Engine {
	/** Address of the daemon. */
	readonly host: string;
	facts(): Promise<EngineFacts>;
	/** Pulls by digest unless it is there; the registry's credential goes to its own host only. */
	pull(reference: string, report: (text: string) => void, signal: AbortSignal): Promise<void>;
	createNetwork(name: string, labels: Readonly<Record<string, string>>): Promise<string>;
	/** Makes a container of exactly that image without starting it; returns its id. */
	create(order: ContainerOrder): Promise<string>;
	start(id: string): Promise<void>;
	/** Undefined when it is gone. */
	container(id: string): Promise<SeenContainer | undefined>;
	/** SIGTERM, then SIGKILL after `graceMs`. */
	stop(id: string, graceMs: number): Promise<void>;
	/** Runs a program in a container to its end; it must end when its standard input is closed. */
	exec(id: string, argv: readonly string[], options: RunOptions): Promise<Ran>;
	/** Runs a program with streams until it ends or the signal aborts; returns its exit code. */
	attach(id: string, argv: readonly string[], streams: Streams): Promise<number>;
	/** A text file of a container, whether it runs or not; undefined where it has none. */
	read(id: string, path: string): Promise<string | undefined>;
	/** Whether a container has a file, whether it runs or not. */
	has(id: string, path: string): Promise<boolean>;
	/** The last lines of its log; none when it has none. */
	log(id: string, lines: number): Promise<string[]>;
	/** All that smoke tests have made, those of one id where it is given. */
	things(id?: string): Promise<Thing[]>;
	/** Removes a thing, whatever it does. Removing what is gone is no error. */
	remove(thing: Pick<Thing, "kind" | "id">): Promise<void>;
}

interface Streams {
	stdin: Readable;
	stdout: Writable;
	stderr: Writable;
	signal: AbortSignal;
}
