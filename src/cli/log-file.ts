import { closeSync, fchmodSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
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
	let file: number | undefined;
	const shut = () => {
		const given = file;
		file = undefined;
		if (given !== undefined) closeSync(given);
	};
	const open = () => {
		file = openSync(path, "a", 0o600);
		if (fstatSync(file).isFile()) fchmodSync(file, 0o600);
	};
	const turn = () => {
		const found = fstatSync(file!);
		if (!found.isFile() || found.size < largest) return;
		shut();
		renameSync(path, `${path}.1`);
		open();
	};
	try {
		open();
	} catch (error) {
		throw new UserError("log_file_unusable", `${path} cannot be written (${codeOf(error)})`, {
			hint: "give --log-file a file that you may write, in a directory that is there",
			cause: error,
		});
	}
	return {
		write(text) {
			if (file === undefined) return;
			const time = new Date().toISOString();
			const lines = leaving(text)
				.split("\n")
				.map((line) => `${time} ${line}\n`);
			try {
				turn();
				writeSync(file, lines.join(""));
			} catch (error) {
				try {
					shut();
				} catch {} // the failure that is told came before it
				failed(`${path} takes no more lines (${codeOf(error)}); the work goes on`);
			}
		},
		close: shut,
	};
}
