import { createHash, createHmac } from "node:crypto";
import { inspect } from "node:util";
import { formsOf } from "./forms.ts";

const REDACTED = "[redacted]";
const MINIMUM_REDACTABLE = 6; // shorter values occur in ordinary text and would blank it out
/** Values and the forms in which they are looked for. */
const known = new Map<string, string[]>();
/** Values too short for that, which are looked for behind their names. */
const named = new Map<string, { name: string; value: string }>();

/** A value that must not be seen: prints `[redacted]` wherever it is logged, inspected or serialised. */
export class Secret {
	readonly #value: string;

	/** `sought: false`: hidden itself, but not looked for in other text. `name`: a short value is looked for behind it. */
	constructor(value: string, { sought = true, name }: { sought?: boolean; name?: string } = {}) {
		this.#value = value;
		if (!sought || value === "") return;
		const size = known.size + named.size;
		if (value.length < MINIMUM_REDACTABLE) {
			if (name !== undefined) named.set(`${name}\0${value}`, { name, value });
		} else if (!known.has(value)) known.set(value, formsOf(value));
		if (known.size + named.size > size) patterns = undefined;
	}

	/** The plain value, for the one call that needs it: a request header, a container's environment. */
	reveal(): string {
		return this.#value;
	}

	/**
	 * A short hash that changes with the value: HMAC-SHA256 (RFC 2104) by a key that nobody else has, as
	 * `<id of the key>:<16 hex digits>`. `name` keeps equal values of two names apart.
	 */
	fingerprint(name: string, key: Uint8Array): string {
		const id = createHash("sha256").update(key).digest("hex").slice(0, 8);
		return `${id}:${createHmac("sha256", key).update(`cres\0${name}\0${this.#value}`).digest("hex").slice(0, 16)}`;
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

/** Replaces every secret made in this process, in any of its usual encodings, by `[redacted]`. */
export function redact(text: string): string {
	if (known.size + named.size === 0) return text;
	patterns ??= patternsOf();
	return patterns.reduce((clean, pattern) => clean.replaceAll(pattern, `$<before>${REDACTED}`), text);
}

let patterns: RegExp[] | undefined;

/** `PIN_CODE`, `pin_code`, and the flag `--pin-code`. */
const nameForms = (name: string): string =>
	name
		.split("_")
		.map((part) => RegExp.escape(part))
		.join("[_-]");

/** Short values where they are named, then all others anywhere, the longest first. */
function patternsOf(): RegExp[] {
	const assigned = [...named.values()].map(
		({ name, value }) =>
			`(?<before>(?<![\\w])(?i:${nameForms(name)})["']?(?:\\s*[=:]\\s*|\\s+)["']?)${RegExp.escape(value)}(?![\\w-])`,
	);
	const forms = [...new Set([...known.values()].flat())].sort((a, b) => b.length - a.length);
	const anywhere = forms.length === 0 ? [] : [`(?<before>)(?:${forms.map((form) => RegExp.escape(form)).join("|")})`];
	return [...assigned, ...anywhere].map((source) => new RegExp(source, "g"));
}
