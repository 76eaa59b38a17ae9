import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

export interface Lines {
	/** All that have come. */
	lines: string[];
	/** The first line that holds `text`, now or later. Rejects when the output ends without it. */
	line: (text: string) => Promise<string>;
}

/** Reads the output of a process. A process may be gone before its last lines are read: the output's own end counts. */
export function followLines(output: Readable): Lines {
	const lines: string[] = [];
	let ended = false;
	const reader = createInterface(output)
		.on("line", (line) => lines.push(line))
		.on("close", () => (ended = true));
	return {
		lines,
		async line(text) {
			for (;;) {
				const found = lines.find((line) => line.includes(text));
				if (found !== undefined) return found;
				if (ended) throw new Error(`ended without "${text}": ${lines.join("\n")}`);
				await Promise.race([once(reader, "line"), once(reader, "close")]);
			}
		},
	};
}
