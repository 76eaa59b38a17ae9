import { closeSync, fchmodSync, fstatSync, openSync, writeSync } from "node:fs";
import { UserError, codeOf } from "../errors/errors.ts";
import { leaving } from "../secrets/leaving.ts";

/** Lines that are added to a file. */
export interface LogFile {
	/** Each line of `text` with its time (RFC 3339) before it, redacted and visible. Never throws: the work matters more. */
	write(text: string): void;
	close(): void;
}

/** Appends to a file that only its owner may read; it is made when it is not there. @throws UserError log_file_unusable */
export function openLogFile(path: string, failed: (text: string) => void): LogFile {
	let file: number | undefined;
	try {
		file = openSync(path, "a", 0o600);
		if (fstatSync(file).isFile()) fchmodSync(file, 0o600);
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
				writeSync(file, lines.join(""));
			} catch (error) {
				file = undefined;
				failed(`${path} takes no more lines (${codeOf(error)}); the work goes on`);
			}
		},
		close() {
			if (file !== undefined) closeSync(file);
			file = undefined;
		},
	};
}
