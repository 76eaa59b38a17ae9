import { PassThrough, Writable } from "node:stream";
import type { AttachedStreams } from "../instances/attached.ts";

/** Bytes of each stream that --json shows. */
const LARGEST = 1_000_000;

/** The streams of this process for a program in a container; a terminal on both sides is the program's then. */
export function ownStreams(signal: AbortSignal): { streams: AttachedStreams; release: () => void } {
	const { stdin, stdout, stderr } = process;
	const isTerminal = stdin.isTTY === true && stdout.isTTY === true;
	const onResize = (listener: () => void) => void stdout.on("resize", listener);
	const terminal = isTerminal ? { size, onResize } : undefined;
	if (isTerminal) stdin.setRawMode(true); // Ctrl-C is the program's
	return {
		streams: { ...{ stdout, stderr, terminal, signal }, stdin: isTerminal || !stdin.isTTY ? stdin : undefined },
		release: () => {
			if (isTerminal) stdin.setRawMode(false);
			stdin.destroy(); // an open pipe keeps this process alive
		},
	};
}

const size = () => ({ columns: process.stdout.columns, rows: process.stdout.rows });

/** Keeps what a program writes, the first megabyte of each stream; what it reads comes from this process, but no terminal. */
export function keptStreams(signal: AbortSignal): {
	streams: AttachedStreams;
	stdout: () => string;
	stderr: () => string;
	release: () => void;
} {
	const [stdout, stderr] = [keeper(), keeper()];
	const stdin = process.stdin.isTTY ? undefined : process.stdin.pipe(new PassThrough());
	return {
		streams: { stdin, stdout: stdout.stream, stderr: stderr.stream, terminal: undefined, signal },
		...{ stdout: stdout.text, stderr: stderr.text },
		release: () => void process.stdin.destroy(),
	};
}

function keeper(): { stream: Writable; text: () => string } {
	const parts: Buffer[] = [];
	let size = 0;
	const stream = new Writable({
		write(chunk: Buffer, _encoding, done) {
			if (size < LARGEST) parts.push(chunk.subarray(0, LARGEST - size));
			size += chunk.length;
			done();
		},
	});
	return { stream, text: () => Buffer.concat(parts).toString("utf8") };
}
