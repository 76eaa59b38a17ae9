import { z } from "zod";
import { type FlagName, flagSchema } from "../../src/contracts/flag.ts";
import { HOST_PORT } from "../../src/contracts/host-port.ts";
import { RUNTIME_ENV, type RuntimeName, type RuntimeVariable } from "../../src/contracts/runtime-env.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The container's environment is incomplete or wrong; the message is one line and holds no secret. */
export class EnvironmentError extends Error {
	override readonly name = "EnvironmentError";
}

/** Names that are read where ours are absent. */
const ALIASES: Partial<Record<RuntimeName, string>> = {
	MINIO_ACCESS_KEY: "AWS_ACCESS_KEY_ID",
	MINIO_SECRET_KEY: "AWS_SECRET_ACCESS_KEY",
};

/** A whole number in decimal digits, within these bounds. */
export const whole = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
	z.string().regex(/^\d+$/, "a whole number").transform(Number).pipe(z.int().min(minimum).max(maximum));
export const origin = z.url({ protocol: /^https?$/ });
/** PEM (RFC 7468) in base64; empty: none. */
export const pem = z
	.string()
	.transform((text) => Buffer.from(text, "base64").toString("utf8"))
	.refine((text) => text === "" || text.includes("-----BEGIN "), "PEM in base64");
export const hostAndPort = z.string().regex(HOST_PORT, "host:port");

type Shape = Partial<Record<RuntimeName, z.ZodType>>;

/**
 * Reads the variables of a shape with the defaults of RUNTIME_ENV; an empty value counts as missing.
 * @throws EnvironmentError that names every missing and every wrong variable at once
 */
export function readVariables<S extends Shape>(shape: S, environment: Environment): z.output<z.ZodObject<S>> {
	const names = Object.keys(shape) as RuntimeName[];
	const values = Object.fromEntries(names.map((name) => [name, valueOf(name, environment)]));
	const parsed = z.object(shape).safeParse(values);
	if (parsed.success) return parsed.data;
	const faults = parsed.error.issues.map(({ path, message }) => ({ name: path[0] as RuntimeName, message }));
	const missing = faults.filter(({ name }) => values[name] === undefined).map(({ name }) => namesOf(name));
	const wrong = faults
		.filter(({ name }) => values[name] !== undefined)
		.map(({ name, message }) => `${shown(name, values[name]!)} (expected ${message})`);
	throw new EnvironmentError(
		[list("missing environment: ", missing), list("wrong environment: ", wrong)].filter(Boolean).join("; "),
	);
}

/** One flag, by the grammar and the default that all programs share. @throws EnvironmentError that names it */
export const readFlag = (environment: Environment, name: FlagName): boolean =>
	readVariables({ [name]: flagSchema }, environment)[name]!;

/** The name under which a variable was found. */
export const foundAs = (name: RuntimeName, environment: Environment): string =>
	environment[name] ? name : (ALIASES[name] ?? name);

function valueOf(name: RuntimeName, environment: Environment): string | undefined {
	const variable: RuntimeVariable = RUNTIME_ENV[name];
	const alias = ALIASES[name];
	return environment[name] || (alias && environment[alias]) || variable.default;
}

const namesOf = (name: RuntimeName): string => (ALIASES[name] ? `${name} (or ${ALIASES[name]})` : name);

/** A secret is never quoted. */
const shown = (name: RuntimeName, value: string): string =>
	(RUNTIME_ENV[name] as RuntimeVariable).secret ? name : `${name}=${JSON.stringify(withoutUser(value))}`;

/** Keys are sometimes pasted into an address. */
const withoutUser = (value: string): string => value.replace(/[^/\s]*@(?=\S*[:./])|[^/\s]*:[^/\s]*@/, "[redacted]@");

const list = (title: string, items: string[]): string => (items.length > 0 ? title + items.join(", ") : "");
