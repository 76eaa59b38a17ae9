import type { Duplex, Readable, Writable } from "node:stream";
import type { UserError } from "../errors/errors.ts";

/** Characters in a row, and rows. */
interface TerminalSize {
	columns: number;
	rows: number;
}

/** What a program in a container reads and writes. */
export interface AttachedStreams {
	/** Undefined: it reads nothing. */
	stdin: Readable | undefined;
	stdout: Writable;
	/** Of a program with a terminal everything comes on stdout. */
	stderr: Writable;
	/** The program gets a terminal of this size; undefined: it gets none. */
	terminal: { size: () => TerminalSize; onResize: (listener: () => void) => void } | undefined;
	/** Aborted: nobody reads or writes any more; a program that reads nothing goes on in the container. */
	signal: AbortSignal;
}

/** Exit code of a program of which none is known, as of OpenSSH. */
export const NO_EXIT_CODE = 255;

/** Streams to the ports of a container, on its own loopback. */
export interface ContainerPorts {
	/** @throws Error when nobody listens there */
	openPort(port: number): Promise<Duplex>;
	/** Calls `listener` when the connection to the instance is lost before `close`. */
	onLost(listener: (error: UserError) => void): void;
	close(): void;
}
