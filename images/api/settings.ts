import { z } from "zod";
import { RUNTIME_ENV, type RuntimeName, type RuntimeVariable } from "../../src/contracts/runtime-env.ts";
import { type Environment, EnvironmentError, readSettings, type Settings } from "../runtime/settings.ts";
import type { CachePlace } from "./modules/transcriptions/service.ts";
import { API_ROLES, type ApiRole } from "./roles.ts";

/** What the api needs to know, checked. */
export interface ApiSettings {
	role: ApiRole;
	/** Where it listens. */
	host: string;
	port: number;
	temporal: { address: string; namespace: string };
	baseTaskQueue: string;
	store: Settings["store"];
	/** Absent: this role, or this instance, needs none. */
	engines: { whisper: string; llama?: { base: string; healthUrl: string } } | undefined;
	/** A rehearsal, whose GPU does not exist. */
	pretended: boolean;
	cache: CachePlace | undefined;
	/** Objects that are read at once. */
	readConcurrency: number;
	/** Milliseconds that one call to the store may take. */
	storeLimit: number;
	/** Videos of a batch at once that the workers can bear. */
	capacity: number;
	category: string | undefined;
	/** Seconds between two passes; absent: only when asked. */
	reindexEvery: number | undefined;
}

const whole = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
	z.string().regex(/^\d+$/, "expected a whole number").transform(Number).pipe(z.int().min(minimum).max(maximum));
const origin = z.url({ protocol: /^https?$/ });

const schema = z.object({
	API_ROLE: z.enum(API_ROLES, "expected control or compute"),
	API_HOST: z.string(),
	API_PORT: whole(0, 65_535),
	LLAMA_URL: origin,
	LLAMA_HEALTH_URL: origin.or(z.literal("")),
	LLAMA_DISABLE: z.stringbool(),
	WHISPER_URL: origin,
	GPU_PRETEND: z.stringbool(),
	MINIO_CACHE_PREFIX: z.string(),
	TRANSCRIPTIONS_CACHE_SCHEMA_VERSION: z.string(),
	TRANSCRIPT_FETCH_TIMEOUT_SECONDS: whole(1),
	TRANSCRIPT_FETCH_CONCURRENCY: whole(1),
	WORKER_CPU_THREADS: whole(1),
	WORKER_GPU_THREADS: whole(1),
	SCHEDULER_ACTIVE_INSTANCE: z.stringbool(),
	SCHEDULER_ACTIVE_MAX_PARALLELISM: whole(1),
	YOUTUBE_DEFAULT_CATEGORY: z.string(),
	AUTO_REINDEX_ENABLED: z.stringbool(),
	AUTO_REINDEX_INTERVAL_SECONDS: whole(15),
} satisfies Partial<Record<RuntimeName, z.ZodType>>);
type Values = z.infer<typeof schema>;

/**
 * Reads the container's environment; an empty value counts as missing.
 * @throws EnvironmentError that names every missing and every wrong variable at once
 */
export function readApiSettings(environment: Environment): ApiSettings {
	const parsed = schema.safeParse(withDefaults(environment));
	const [common, fault] = attempt(() =>
		// The control plane has no instance to name.
		readSettings({ ...environment, WORKER_INSTANCE_NAME: environment["WORKER_INSTANCE_NAME"] || "api" }),
	);
	if (parsed.success && common) return settings(parsed.data, common);
	const faults = (parsed.error?.issues ?? []).map(({ path: [name], message }) => {
		const value = environment[String(name)];
		return value
			? `wrong environment: ${String(name)}=${JSON.stringify(value.replace(/[^/\s]*@/, "[redacted]@"))} (${message})`
			: `missing environment: ${String(name)} (${message})`;
	});
	throw new EnvironmentError([...faults, ...(fault === undefined ? [] : [fault])].join("; "));
}

function withDefaults(environment: Environment): Record<string, string | undefined> {
	const names = Object.keys(schema.shape) as (keyof Values)[];
	const values = names.map((name) => [name, environment[name] || (RUNTIME_ENV[name] as RuntimeVariable).default]);
	// Whoever starts the api says which one it is.
	return { ...Object.fromEntries(values), API_ROLE: environment["API_ROLE"] };
}

/** What comes out, or the message of the EnvironmentError that does. */
function attempt<T>(read: () => T): [T, undefined] | [undefined, string] {
	try {
		return [read(), undefined];
	} catch (error) {
		if (error instanceof EnvironmentError) return [undefined, error.message];
		throw error;
	}
}

function settings(values: Values, { temporal, baseTaskQueue, store, mode }: Settings): ApiSettings {
	const role = values.API_ROLE;
	return {
		role,
		// An instance's api is reached through a tunnel only.
		host: values.API_HOST || (role === "control" ? "0.0.0.0" : "127.0.0.1"),
		port: values.API_PORT,
		temporal: { address: temporal.address, namespace: temporal.namespace },
		baseTaskQueue,
		store,
		engines: role === "compute" && mode !== "cpu" ? enginesOf(values) : undefined,
		pretended: values.GPU_PRETEND,
		cache: cacheOf(values),
		readConcurrency: values.TRANSCRIPT_FETCH_CONCURRENCY,
		storeLimit: values.TRANSCRIPT_FETCH_TIMEOUT_SECONDS * 1_000,
		capacity: capacityOf(values),
		category: values.YOUTUBE_DEFAULT_CATEGORY || undefined,
		reindexEvery: role === "control" && values.AUTO_REINDEX_ENABLED ? values.AUTO_REINDEX_INTERVAL_SECONDS : undefined,
	};
}

function enginesOf({ WHISPER_URL, LLAMA_URL, LLAMA_HEALTH_URL, LLAMA_DISABLE }: Values): ApiSettings["engines"] {
	const whisper = WHISPER_URL;
	if (LLAMA_DISABLE) return { whisper };
	return { whisper, llama: { base: LLAMA_URL, healthUrl: LLAMA_HEALTH_URL || new URL("/health", LLAMA_URL).href } };
}

const capacityOf = (values: Values): number =>
	Math.min(
		values.WORKER_CPU_THREADS,
		values.WORKER_GPU_THREADS,
		values.SCHEDULER_ACTIVE_INSTANCE ? values.SCHEDULER_ACTIVE_MAX_PARALLELISM : Infinity,
	);

const cacheOf = ({ MINIO_CACHE_PREFIX, TRANSCRIPTIONS_CACHE_SCHEMA_VERSION }: Values): CachePlace | undefined =>
	MINIO_CACHE_PREFIX === "off"
		? undefined
		: { prefix: MINIO_CACHE_PREFIX.replace(/\/+$/, ""), schema: TRANSCRIPTIONS_CACHE_SCHEMA_VERSION };
