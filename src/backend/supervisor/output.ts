import type { Readable } from "node:stream";
import { LineSplitter } from "../../services/line-splitter.ts";
import type { LogFiles } from "./log-files.ts";

/** Writes what comes out of a pipe into the logs; the pipe waits while they are behind. Resolves when it has ended. */
export function pump(source: Readable, name: string, logs: Pick<LogFiles, "write">): Promise<void> {
	const splitter = new LineSplitter();
	source.on("data", (chunk: Buffer) => {
		const busy = logs.write(name, splitter.push(chunk));
		if (!busy) return;
		source.pause();
		void busy.then(() => source.resume());
	});
	return new Promise((resolve) => {
		source.once("close", () => {
			void logs.write(name, splitter.end());
			resolve();
		});
		source.on("error", () => source.destroy());
	});
}
