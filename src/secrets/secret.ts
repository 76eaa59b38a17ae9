import { createHash } from "node:crypto";
import { inspect } from "node:util";

const REDACTED = "[redacted]";
const MINIMUM_REDACTABLE = 6; // shorter values occur in ordinary text and would blank it out
const known = new Set<string>();

/** A value that must not be seen: prints `[redacted]` wherever it is logged, inspected or serialised. */
export class Secret {
	readonly #value: string;

	/** `sought: false`: hidden itself, but not looked for in other text. */
	constructor(value: string, { sought = true }: { sought?: boolean } = {}) {
		this.#value = value;
		if (sought && value.length >= MINIMUM_REDACTABLE) known.add(value);
	}

	/** The plain value, for the one call that needs it: a request header, a container's environment. */
	reveal(): string {
		return this.#value;
	}

	/** A short hash (16 hex digits) that changes with the value; `name` keeps equal values of two names apart. */
	fingerprint(name: string): string {
		return createHash("sha256").update(`cres\0${name}\0${this.#value}`).digest("hex").slice(0, 16);
	}

	toString(): string {
		return REDACTED;
	}

	toJSON(): string {
		return REDACTED;
	}

	[inspect.custom](): string {
		return REDACTED;
	}
}

/** Every form in which a secret may appear in text: as it is, base64 and percent-encoded. */
const formsOf = (value: string): string[] => [
	value,
	Buffer.from(value).toString("base64"),
	encodeURIComponent(value),
	JSON.stringify(value).slice(1, -1),
];

/** Replaces every secret made in this process, in any of its usual encodings, by `[redacted]`. */
export function redact(text: string): string {
	let clean = text;
	for (const value of [...known].sort((a, b) => b.length - a.length))
		for (const form of formsOf(value)) clean = clean.replaceAll(form, REDACTED);
	return clean;
}
