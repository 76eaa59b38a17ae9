import { randomBytes } from "node:crypto";
import type { Clock } from "../../src/system/clock.ts";

/** Text in the platform's object storage: readable by whoever has the address, after a while. */
export interface LogObjects {
	/** Stores it under a new address, readable `delayMs` of platform time from now; undefined: never. */
	put(text: string, delayMs: number | undefined): string;
	/** The text at an address; undefined while there is none. */
	get(token: string): string | undefined;
}

/** The object store that the simulator keeps logs in. */
export function createLogObjects(clock: Clock): LogObjects {
	const all = new Map<string, { text: string; readableAt: number }>();
	return {
		put(text, delayMs = Infinity) {
			const token = randomBytes(16).toString("hex");
			all.set(token, { text, readableAt: clock.now() + delayMs });
			return token;
		},
		get(token) {
			const found = all.get(token);
			return found && clock.now() >= found.readableAt ? found.text : undefined;
		},
	};
}

/** The last `tail` lines, of those the ones that contain `filter`: in this order, so a short tail may hide a line. */
export function selectLines(text: string, tail: number, filter = ""): string {
	const lines = text.split("\n").filter((line) => line !== "");
	return lines
		.slice(-tail)
		.filter((line) => line.includes(filter))
		.map((line) => `${line}\n`)
		.join("");
}
