import { redact } from "../secrets/secret.ts";
import { isComparable } from "./run-spec.ts";
import type { RunSpec } from "../state/releases.ts";

/** A setting in which two run specs differ: an environment name, `roles`, `memory` or `gpu`. */
export interface SettingChange {
	name: string;
	/** Its value is never shown: `before` and `after` are null. */
	secret: boolean;
	/** Of a secret: the record was made with another key, so whether it changed is not known. */
	unknown?: true;
	/** As it may be shown; null where it has no value. */
	before: string | null;
	after: string | null;
}

const MOST_CHARACTERS = 120;

/** Sorted by their names. */
export function settingChanges(before: RunSpec, after: RunSpec): SettingChange[] {
	const [then, now] = [flat(before), flat(after)];
	return Object.keys({ ...then, ...now })
		.filter((name) => then[name] !== now[name])
		.toSorted()
		.map((name) => {
			const secret = name in before.secrets || name in after.secrets;
			const show = (value: string | undefined) => (secret || value === undefined ? null : shown(value));
			const [old, fresh] = [before.secrets[name], after.secrets[name]];
			const isUnknown = old !== undefined && fresh !== undefined && !isComparable(old, fresh);
			const shownValues = { before: show(then[name]), after: show(now[name]) };
			return { name, secret, ...(isUnknown ? { unknown: true as const } : {}), ...shownValues };
		});
}

const flat = ({ env, secrets, roles, memoryMb, gpu }: RunSpec): Record<string, string> => ({
	...env,
	...secrets,
	roles: roles.join("+"),
	...(memoryMb === undefined ? {} : { memory: `${memoryMb} MiB` }),
	gpu: String(gpu),
});

/** On one line, bounded, and without the credential of a URL. */
function shown(value: string): string {
	const clean = redact(value)
		.replaceAll(/\p{Cc}+/gu, " ")
		.replaceAll(/:\/\/[^\s/@]*@/g, "://[redacted]@");
	return clean.length > MOST_CHARACTERS ? `${clean.slice(0, MOST_CHARACTERS)}…` : clean;
}

/** `NAME: old → new`, a secret as `NAME: changed`. `mark` wraps names and values. */
export function renderChange(
	{ name, secret, unknown, before, after }: SettingChange,
	mark: (text: string) => string = (text) => text,
): string {
	const value = (text: string | null): string => (text === null ? "unset" : mark(text === "" ? '""' : text));
	return `${mark(name)}: ${secret ? (unknown ? "unknown whether changed" : "changed") : `${value(before)} → ${value(after)}`}`;
}

/** The names alone, of what is known to have changed. */
export const changedSettings = (before: RunSpec, after: RunSpec): string[] =>
	settingChanges(before, after)
		.filter(({ unknown }) => !unknown)
		.map(({ name }) => name);
