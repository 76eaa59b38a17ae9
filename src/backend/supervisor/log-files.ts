import { once } from "node:events";
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { createStream, type RotatingFileStream } from "rotating-file-stream";
import { messageOf } from "../../errors/errors.ts";
import { localTime, namedLine, stamped } from "../../services/log-line.ts";
import { UNIFIED, logName } from "../place.ts";

export interface LogFilesOptions {
	directory: string;
	/** As rotating-file-stream takes it: `10M`. */
	size: string;
	/** Files of each log besides the newest. */
	keep: number;
	now: () => Date;
}

const REOPEN_MS = 1_000;

/** One file that lines are added to; one that cannot be written loses lines, counts them, and is tried again. */
class Sink {
	lost = 0;
	fault: string | undefined;
	#stream: RotatingFileStream | undefined;
	#waiting: Promise<void> | undefined;
	readonly #open: () => RotatingFileStream;

	constructor(open: () => RotatingFileStream) {
		this.#open = open;
		this.#reopen();
	}

	/** False: wait for `drained` before more is written. */
	write(lines: readonly string[]): boolean {
		if (!this.#stream) {
			this.lost += lines.length;
			return true;
		}
		return this.#stream.write(`${lines.join("\n")}\n`, (error) => {
			if (error) this.lost += lines.length;
			else this.fault = undefined;
		});
	}

	/** One wait for all who write to it. */
	drained(): Promise<void> {
		const stream = this.#stream;
		if (!stream?.writableNeedDrain) return Promise.resolve();
		return (this.#waiting ??= drainOf(stream).finally(() => (this.#waiting = undefined)));
	}

	close(): Promise<void> {
		const stream = this.#stream;
		if (!stream) return Promise.resolve();
		return new Promise((resolve) => {
			stream.once("close", resolve).once("error", () => resolve());
			stream.end();
		});
	}

	#reopen(): void {
		const stream = this.#open();
		this.#stream = stream;
		stream.on("error", (error) => {
			if (this.#stream !== stream) return;
			this.fault = messageOf(error);
			this.#stream = undefined;
			stream.destroy();
			setTimeout(() => this.#reopen(), REOPEN_MS).unref();
		});
	}
}

/** Resolves when a stream takes more, or will never again. */
async function drainOf(stream: RotatingFileStream): Promise<void> {
	const over = new AbortController();
	const { signal } = over;
	const events = ["drain", "close"].map((event) => once(stream, event, { signal }));
	await Promise.race(events).catch(() => {}); // the stream's own listener deals with its failures
	over.abort();
	await Promise.allSettled(events);
}

/** The logs of a backend: one for each program, and one of all. */
export class LogFiles {
	readonly #sinks = new Map<string, Sink>();
	readonly #options: LogFilesOptions;

	constructor(options: LogFilesOptions) {
		this.#options = options;
	}

	/** Adds lines of a program; resolves when more may come. */
	write(name: string, lines: readonly string[]): Promise<void> | undefined {
		if (lines.length === 0) return undefined;
		const now = this.#options.now();
		const ready = lines.map((line) => stamped(line, now));
		const own = this.#sink(logName(name));
		const unified = this.#sink(UNIFIED);
		const isFree = [own.write(ready), unified.write(ready.map((line) => namedLine(name, line)))].every(Boolean);
		return isFree ? undefined : Promise.all([own.drained(), unified.drained()]).then(() => {});
	}

	/** One line of the supervisor about a program: `[ERROR] text`. */
	note(name: string, text: string): void {
		void this.write(name, [`[${localTime(this.#options.now())}] ${text}`]);
	}

	/** What keeps lines from being written, and how many were lost. */
	get fault(): { reason: string | null; lostLines: number } {
		const sinks = [...this.#sinks.values()];
		const reason = sinks.map(({ fault }) => fault).find((fault) => fault !== undefined) ?? null;
		return { reason, lostLines: sinks.reduce((sum, { lost }) => sum + lost, 0) };
	}

	async close(): Promise<void> {
		await Promise.all([...this.#sinks.values()].map((sink) => sink.close()));
	}

	#sink(file: string): Sink {
		const known = this.#sinks.get(file);
		if (known) return known;
		const { directory, size, keep } = this.#options;
		const name = (index: number | Date | null) => (typeof index === "number" ? `${file}.${index}` : file);
		const sink = new Sink(() => createStream(name, { path: directory, size, rotate: keep, mode: 0o600 }));
		this.#sinks.set(file, sink);
		return sink;
	}
}

/** Makes `path` `path.1`, and so on up to `keep`, when it is larger than so many bytes; whoever writes it has to open it again. */
export async function rotateIfLarge(path: string, bytes: number, keep: number): Promise<boolean> {
	const size = (await stat(path).catch(() => undefined))?.size ?? 0;
	if (size <= bytes) return false;
	await rm(`${path}.${keep}`, { force: true });
	for (let at = keep - 1; at >= 1; at--) await rename(`${path}.${at}`, `${path}.${at + 1}`).catch(() => {});
	await rename(path, `${path}.1`);
	return true;
}

/** The path of a log. */
export const logPath = (directory: string, name: string): string => join(directory, logName(name));
