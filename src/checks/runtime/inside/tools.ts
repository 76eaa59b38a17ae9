import type { Socket } from "node:net";

/** Where things are in the container. */
export interface Ask {
	/** The process that has the container's environment. */
	pid: number;
	/** supervisord's socket. */
	socket: string;
	buildInfo: string;
	/** supervisord's programs, as boot has written them. */
	programs: string;
	onStart: string;
	/** Disks that are measured, besides that of the models. */
	disks: string[];
	/** Where cgroups are mounted. */
	cgroup: string;
	/** Milliseconds for all sections together. */
	limitMs: number;
}

/** A process as /proc shows it. */
export interface SeenProcess {
	pid: number;
	parent: number;
	/** Its arguments; empty for a thread of the kernel. */
	argv: string[];
}

/** A server to reach, and how. */
export interface Server {
	host: string;
	port: number;
	tls: { ca: string | undefined; serverName: string; cert?: string; key?: string; protocols?: string[] } | undefined;
}

export interface Rung {
	rung: string;
	ok: boolean;
	detail: string;
	ms: number;
}

/** A connection, and what its server showed. */
export interface Dialled {
	socket: Socket;
	/** Of a server that speaks TLS. */
	certificate: { subject: string; notAfter: number } | undefined;
}

/**
 * What the sections of the program use. Everything below this folder runs inside a container, from its own text: a
 * function there uses its arguments and Node's globals, and nothing that it would have to import.
 */
export interface Tools {
	ask: Ask;
	/** The environment that the container was made with. */
	environment: Record<string, string>;
	/** Values of it that nobody may see. */
	hidden: string[];
	/** The beginning of a text, `most` characters, without such values. */
	cut: (text: string, most: number) => string;
	/** Empty when it cannot be read. */
	read: (path: string) => string;
	/** The environment of a process; empty when it cannot be read. */
	environmentOf: (pid: number | string) => Record<string, string>;
	processes: () => SeenProcess[];
	/** What a program prints on stdout, at most 1 MiB. Rejects with its words when it fails. */
	run: (file: string, argv: string[], ms: number) => Promise<string>;
	/** GET over HTTP, or a POST with a body, at most 1 MiB. */
	http: (options: object, body?: string) => Promise<{ status: number; text: string }>;
	/** Process id of supervisord; 0 when it does not answer. */
	supervisorPid: number;
	/** Climbs from the name to an open connection; adds a rung for each step. Undefined when one is broken. */
	dial: (tools: Tools, server: Server, rungs: Rung[]) => Promise<Dialled | undefined>;
	/** Adds the rungs of a namespace of Temporal. */
	askTemporal: (tools: Tools, socket: Socket, rungs: Rung[]) => Promise<void>;
	/** Adds the rungs of a bucket. */
	askStore: (tools: Tools, socket: Socket, rungs: Rung[]) => Promise<void>;
	/** host and port of `host:port`; an IPv6 address stands in brackets. */
	split: (address: string) => { host: string; port: number };
	/** Whether a setting is switched on. */
	on: (name: string) => boolean;
	/** Adds what `step` tells as a rung, or why it failed; undefined then. */
	rung: <T>(rungs: Rung[], name: string, step: () => Promise<{ value: T; detail: string }>) => Promise<T | undefined>;
}
