import { closeSync, fchmodSync, fstatSync, openSync, renameSync, writeSync, type Stats } from "node:fs";
import { UserError, codeOf } from "../errors/errors.ts";
import { leaving } from "../secrets/leaving.ts";

/** Lines that are added to a file. */
export interface LogFile {
	/** Each line of `text` with its time (RFC 3339) before it, redacted and visible. Never throws: the work matters more. */
	write(text: string): void;
	close(): void;
}

/** Bytes of a log file; the one before it is kept as `<path>.1`. */
const LARGEST = 32 << 20;

/**
 * Appends to a file that only its owner may read; it is made when it is not there, and put aside as `<path>.1` when it
 * has `largest` bytes. @throws UserError log_file_unusable
 */
export function openLogFile(path: string, failed: (text: string) => void, largest = LARGEST): LogFile {
	const file = new RotatedFile(path, largest);
	try {
		file.open();
	} catch (error) {
		throw new UserError("log_file_unusable", `${path} cannot be written (${codeOf(error)})`, {
			hint: "give --log-file a file that you may write, in a directory that is there",
			cause: error,
		});
	}
	return {
		write(text) {
			const time = new Date().toISOString();
			const lines = leaving(text).split("\n");
			try {
				file.append(lines.map((line) => `${time} ${line}\n`).join(""));
			} catch (error) {
				try {
					file.close();
				} catch {} // the failure that is told came before it
				failed(`${path} takes no more lines (${codeOf(error)}); the work goes on`);
			}
		},
		close: () => file.close(),
	};
}

/** A file that is put aside when it is full. Errors are those of Node. */
class RotatedFile {
	readonly #path: string;
	readonly #largest: number;
	#file: number | undefined;

	constructor(path: string, largest: number) {
		[this.#path, this.#largest] = [path, largest];
	}

	open(): void {
		this.#file = openSync(this.#path, "a", 0o600);
		if (fstatSync(this.#file).isFile()) fchmodSync(this.#file, 0o600);
	}

	/** Does nothing once it is closed. */
	append(text: string): void {
		if (this.#file === undefined) return;
		this.#turn(fstatSync(this.#file));
		writeSync(this.#file, text);
	}

	close(): void {
		const file = this.#file;
		this.#file = undefined;
		if (file !== undefined) closeSync(file);
	}

	#turn(found: Stats): void {
		if (!found.isFile() || found.size < this.#largest) return;
		this.close();
		renameSync(this.#path, `${this.#path}.1`);
		this.open();
	}
}
