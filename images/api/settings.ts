import { z } from "zod";
import { apiTokensSchema } from "../../src/contracts/api-tokens.ts";
import { flagSchema } from "../../src/contracts/flag.ts";
import type { RuntimeName } from "../../src/contracts/runtime-env.ts";
import { type Settings, SETTINGS_SHAPE, settingsFrom } from "../runtime/settings.ts";
import type { TemporalAddress } from "../runtime/temporal/connection.ts";
import { type Environment, origin, readVariables, whole } from "../runtime/variables.ts";
import type { Access } from "./access.ts";
import type { CachePlace } from "./parts/transcriptions/service.ts";
import { enabledModules, enabledModulesSchema } from "./enabled.ts";
import { MODULES } from "./modules/all.ts";
import { API_ROLES, type ApiRole } from "./roles.ts";

/** What the api needs to know, checked. */
export interface ApiSettings {
	role: ApiRole;
	/** Where it listens. */
	host: string;
	port: number;
	access: Omit<Access, "now">;
	/** Names of the modules that it has. */
	modules: readonly string[];
	/** They were named, and are not all of the role. */
	isSelection: boolean;
	/** Path that they lie below. */
	baseUrl: string;
	temporal: TemporalAddress;
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

/** The variables that the api reads. */
export const SHAPE = {
	...SETTINGS_SHAPE,
	API_ROLE: z.enum(API_ROLES, "control or compute"),
	API_HOST: z.string(),
	API_PORT: whole(0, 65_535),
	API_TOKENS: apiTokensSchema,
	API_OPEN_ON_LOOPBACK: flagSchema,
	API_RATE_PER_MINUTE: whole(1),
	API_BASE_URL: z.string().regex(/^(?:\/[\w.-]+)+$/, "a path such as /api/v1"),
	ENABLED_MODULES: enabledModulesSchema,
	LLAMA_HEALTH_URL: origin.or(z.literal("")),
	MINIO_CACHE_PREFIX: z.string(),
	TRANSCRIPTIONS_CACHE_SCHEMA_VERSION: z.string(),
	TRANSCRIPT_FETCH_TIMEOUT_SECONDS: whole(1),
	TRANSCRIPT_FETCH_CONCURRENCY: whole(1),
	AUTO_REINDEX_ENABLED: flagSchema,
	AUTO_REINDEX_INTERVAL_SECONDS: whole(15),
} satisfies Partial<Record<RuntimeName, z.ZodType>>;
type Values = z.output<z.ZodObject<typeof SHAPE>>;

/**
 * Reads the container's environment; an empty value counts as missing. Whoever starts the api says which one it is.
 * @throws EnvironmentError that names every missing and every wrong variable at once; Error for an unknown module
 */
export function readApiSettings(given: Environment): ApiSettings {
	// The control plane has no instance to name.
	const environment = { ...given, WORKER_INSTANCE_NAME: given["WORKER_INSTANCE_NAME"] || "api" };
	const values = readVariables(SHAPE, environment);
	return apiSettings(values, settingsFrom(values, environment));
}

function apiSettings(values: Values, common: Settings): ApiSettings {
	const role = values.API_ROLE;
	const { temporal, baseTaskQueue, store, mode, capacity, search, gpuPretend } = common;
	// An instance's api is reached through a tunnel only.
	const host = values.API_HOST || (role === "control" ? "0.0.0.0" : "127.0.0.1");
	return {
		role,
		host,
		port: values.API_PORT,
		temporal,
		access: accessOf(values, host),
		modules: enabledModules(values.ENABLED_MODULES, role, MODULES),
		isSelection: values.ENABLED_MODULES.length > 0,
		baseUrl: values.API_BASE_URL,
		baseTaskQueue,
		store,
		engines: role === "compute" && mode !== "cpu" ? enginesOf(values, common) : undefined,
		pretended: gpuPretend,
		cache: cacheOf(values),
		readConcurrency: values.TRANSCRIPT_FETCH_CONCURRENCY,
		storeLimit: values.TRANSCRIPT_FETCH_TIMEOUT_SECONDS * 1_000,
		capacity,
		category: search.defaultCategory || undefined,
		reindexEvery: role === "control" && values.AUTO_REINDEX_ENABLED ? values.AUTO_REINDEX_INTERVAL_SECONDS : undefined,
	};
}

const accessOf = (values: Values, host: string): ApiSettings["access"] => ({
	open: isLoopback(host) && values.API_OPEN_ON_LOOPBACK,
	tokens: values.API_TOKENS,
	ratePerMinute: values.API_RATE_PER_MINUTE,
});

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i.test(host);

function enginesOf({ LLAMA_HEALTH_URL }: Values, { engines }: Settings): ApiSettings["engines"] {
	const { whisper, llama } = engines;
	if (llama === undefined) return { whisper };
	return { whisper, llama: { base: llama, healthUrl: LLAMA_HEALTH_URL || new URL("/health", llama).href } };
}

const cacheOf = ({ MINIO_CACHE_PREFIX, TRANSCRIPTIONS_CACHE_SCHEMA_VERSION }: Values): CachePlace | undefined =>
	MINIO_CACHE_PREFIX === "off"
		? undefined
		: { prefix: MINIO_CACHE_PREFIX.replace(/\/+$/, ""), schema: TRANSCRIPTIONS_CACHE_SCHEMA_VERSION };
