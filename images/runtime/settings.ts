import { z } from "zod";
import { flagSchema } from "../../src/contracts/flag.ts";
import { codecKeysSchema } from "../../src/contracts/payload-codec.ts";
import type { RuntimeName } from "../../src/contracts/runtime-env.ts";
import { type Range, rangesSchema } from "./ranges.ts";
import type { TemporalAddress } from "./temporal/connection.ts";
import {
	type Environment,
	EnvironmentError,
	foundAs,
	hostAndPort,
	origin,
	pem,
	readVariables,
	whole,
} from "./variables.ts";

/** What a worker needs to know, checked; times in seconds. */
export interface Settings {
	temporal: TemporalAddress & { maxAttempts: number; retrySeconds: number };
	/** Task queues are `<this>@cpu` and `<this>@gpu`. */
	baseTaskQueue: string;
	mode: "cpu" | "gpu" | "both";
	instance: string;
	/** Empty: the container's own. */
	containerId: string;
	cpuThreads: number;
	/** Gpu activities in flight; each engine works one request at a time. */
	gpuThreads: number;
	/** Without a usable GPU the gpu worker ends well. */
	gpuOptional: boolean;
	/** A rehearsal: the GPU checks are satisfied, the engines run on the CPU. */
	gpuPretend: boolean;
	shutdownGraceSeconds: number;
	/** Videos of a batch in work at once that the settings allow. */
	capacity: number;
	engines: {
		/** Origins. */
		whisper: string;
		/** Undefined: summaries are always the fall-back. */
		llama: string | undefined;
	};
	search: {
		/** What yt-dlp is given; `{query}` and `{count}` are filled in. */
		url: string;
		/** Empty: any. */
		defaultCategory: string;
		/** 0: any. */
		maxAgeDays: number;
	};
	/** Path; empty: none. */
	cookiesFile: string;
	/** What the programs of a job may take; bytes and seconds. */
	jobs: { allow: readonly Range[]; maxBytes: number; maxSeconds: number; minFreeBytes: number };
	/** User id of the programs that open what strangers made; undefined: the own one. */
	downloadUser: number | undefined;
	/** Empty: nobody is told. */
	reindexUrl: string;
	/** Token of the api there; empty: none. */
	reindexToken: string;
	/** Shorter transcripts are left out of combined output. */
	transcriptMinChars: number;
	/** What a killed attempt has left on the disk goes after so long. */
	scratchMinAgeSeconds: number;
	store: {
		/** Origin of the S3 API. */
		endpoint: string;
		bucket: string;
		/** What requests are signed for; us-east-1 unless given. */
		region?: string;
		/** The CAs of its certificate in PEM, and no other; absent: the public ones. */
		ca?: string | undefined;
		/** False: the bucket stands in the host name. */
		pathStyle?: boolean;
		accessKey: string;
		secretKey: string;
		/** The pair of names that the keys came from. */
		keysFrom: string;
	};
}

/** The variables of Settings. */
export const SETTINGS_SHAPE = {
	TEMPORAL_ADDRESS: hostAndPort,
	TEMPORAL_NAMESPACE: z.string(),
	TEMPORAL_TLS: flagSchema,
	TEMPORAL_TLS_CA: pem,
	TEMPORAL_TLS_SERVER_NAME: z.string(),
	TEMPORAL_TLS_CERT: pem,
	TEMPORAL_TLS_KEY: pem,
	TEMPORAL_API_KEY: z.string(),
	TEMPORAL_CODEC_KEYS: codecKeysSchema,
	TEMPORAL_CONNECT_MAX_ATTEMPTS: whole(1),
	TEMPORAL_CONNECT_RETRY_SECONDS: whole(0),
	MINIO_REGION: z.string().regex(/^[a-z0-9-]{1,40}$/, "a region such as eu-central-1"),
	BASE_TASK_QUEUE: z.string().regex(/^[^@\s]+$/, "a name without @: the role's suffix is added here"),
	WORKER_MODE: z.enum(["cpu", "gpu", "both"]),
	WORKER_INSTANCE_NAME: z.string().regex(/^[^/\s]+$/, "a name without / or blanks"),
	WORKER_CONTAINER_ID: z.string().regex(/^([0-9a-f]{8})?$/, "8 hex digits"),
	WORKER_CPU_THREADS: whole(1),
	WORKER_GPU_THREADS: whole(1),
	WORKER_GPU_OPTIONAL: flagSchema,
	GPU_PRETEND: flagSchema,
	WORKER_SHUTDOWN_GRACE_SECONDS: whole(0),
	SCHEDULER_ACTIVE_INSTANCE: flagSchema,
	SCHEDULER_ACTIVE_MAX_PARALLELISM: whole(1),
	WHISPER_URL: origin,
	LLAMA_URL: origin,
	LLAMA_DISABLE: flagSchema,
	SEARCH_URL: z.string().includes("{query}", "an address or yt-dlp search with {query} in it"),
	YOUTUBE_DEFAULT_CATEGORY: z.string(),
	YOUTUBE_MAX_AGE_DAYS: whole(0),
	YTDLP_COOKIES_FILE: z.string(),
	REINDEX_URL: z.union([z.literal(""), origin], "an http or https address"),
	REINDEX_TOKEN: z.string().regex(/^[\x21-\x7e]*$/, "a token without blanks"),
	EGRESS_ALLOW: rangesSchema,
	JOB_MAX_MB: whole(1),
	JOB_MAX_SECONDS: whole(1, 1_500),
	JOB_MIN_FREE_MB: whole(0),
	DOWNLOAD_UID: whole(0, 2 ** 31 - 1),
	ENGINE_UID: whole(0, 2 ** 31 - 1),
	TRANSCRIPT_MIN_CHARS: whole(0),
	TEMP_CLEANUP_MIN_AGE_SECONDS: whole(60),
	MINIO_ENDPOINT: hostAndPort,
	MINIO_ACCESS_KEY: z.string(),
	MINIO_SECRET_KEY: z.string(),
	MINIO_SECURE: flagSchema,
	MINIO_TLS_CA: pem,
	MINIO_PATH_STYLE: flagSchema,
	MINIO_BUCKET: z.string(),
} satisfies Partial<Record<RuntimeName, z.ZodType>>;

type Values = z.output<z.ZodObject<typeof SETTINGS_SHAPE>>;

/** @throws EnvironmentError that names every missing and every wrong variable at once */
export const readSettings = (environment: Environment): Settings =>
	settingsFrom(readVariables(SETTINGS_SHAPE, environment), environment);

/** What the values mean; the environment that they were read from tells under which names the keys stood. */
export function settingsFrom(values: Values, environment: Environment): Settings {
	return {
		temporal: temporalSettings(values),
		baseTaskQueue: values.BASE_TASK_QUEUE,
		mode: values.WORKER_MODE,
		instance: values.WORKER_INSTANCE_NAME,
		containerId: values.WORKER_CONTAINER_ID,
		cpuThreads: values.WORKER_CPU_THREADS,
		gpuThreads: values.WORKER_GPU_THREADS,
		gpuOptional: values.WORKER_GPU_OPTIONAL,
		gpuPretend: values.GPU_PRETEND,
		shutdownGraceSeconds: values.WORKER_SHUTDOWN_GRACE_SECONDS,
		...pipelineSettings(values),
		store: storeSettings(values, environment),
	};
}

const temporalSettings = (values: Values): Settings["temporal"] => ({
	address: values.TEMPORAL_ADDRESS,
	namespace: values.TEMPORAL_NAMESPACE,
	...temporalAccess(values),
	...(values.TEMPORAL_CODEC_KEYS.length > 0 ? { codecKeys: values.TEMPORAL_CODEC_KEYS } : {}),
	maxAttempts: values.TEMPORAL_CONNECT_MAX_ATTEMPTS,
	retrySeconds: values.TEMPORAL_CONNECT_RETRY_SECONDS,
});

const storeSettings = (values: Values, environment: Environment): Settings["store"] => ({
	endpoint: `${values.MINIO_SECURE ? "https" : "http"}://${values.MINIO_ENDPOINT}`,
	bucket: values.MINIO_BUCKET,
	region: values.MINIO_REGION,
	ca: values.MINIO_TLS_CA || undefined,
	pathStyle: values.MINIO_PATH_STYLE,
	accessKey: values.MINIO_ACCESS_KEY,
	secretKey: values.MINIO_SECRET_KEY,
	keysFrom: `${foundAs("MINIO_ACCESS_KEY", environment)} + ${foundAs("MINIO_SECRET_KEY", environment)}`,
});

/** An API key is never sent in clear: it turns TLS on. */
function temporalAccess(values: Values): Pick<TemporalAddress, "tls" | "apiKey"> {
	const { TEMPORAL_TLS_CERT: cert, TEMPORAL_TLS_KEY: key } = values;
	const apiKey = values.TEMPORAL_API_KEY || undefined;
	if ((cert === "") !== (key === ""))
		throw new EnvironmentError("wrong environment: TEMPORAL_TLS_CERT and TEMPORAL_TLS_KEY go together");
	if (!values.TEMPORAL_TLS && apiKey === undefined) return {};
	const client = cert && key ? { cert, key } : undefined;
	const serverName = values.TEMPORAL_TLS_SERVER_NAME || undefined;
	return { tls: { ca: values.TEMPORAL_TLS_CA || undefined, serverName, client }, apiKey };
}

const pipelineSettings = (values: Values) => ({
	capacity: Math.min(
		values.WORKER_CPU_THREADS,
		values.WORKER_GPU_THREADS,
		values.SCHEDULER_ACTIVE_INSTANCE ? values.SCHEDULER_ACTIVE_MAX_PARALLELISM : Infinity,
	),
	engines: { whisper: values.WHISPER_URL, llama: values.LLAMA_DISABLE ? undefined : values.LLAMA_URL },
	search: {
		url: values.SEARCH_URL,
		defaultCategory: values.YOUTUBE_DEFAULT_CATEGORY,
		maxAgeDays: values.YOUTUBE_MAX_AGE_DAYS,
	},
	cookiesFile: values.YTDLP_COOKIES_FILE,
	jobs: {
		allow: values.EGRESS_ALLOW,
		maxBytes: values.JOB_MAX_MB * 1e6,
		maxSeconds: values.JOB_MAX_SECONDS,
		minFreeBytes: values.JOB_MIN_FREE_MB * 1e6,
	},
	downloadUser: values.DOWNLOAD_UID || undefined,
	reindexUrl: values.REINDEX_URL,
	reindexToken: values.REINDEX_TOKEN,
	transcriptMinChars: values.TRANSCRIPT_MIN_CHARS,
	scratchMinAgeSeconds: values.TEMP_CLEANUP_MIN_AGE_SECONDS,
});

/** What no log line may hold. */
export const secretsOf = ({
	store,
	temporal,
	reindexToken,
}: Pick<Settings, "store"> & { temporal: TemporalAddress; reindexToken?: string }): string[] =>
	[
		...[store.accessKey, store.secretKey, temporal.apiKey, temporal.tls?.client?.key, reindexToken],
		...(temporal.codecKeys ?? []).map(({ key }) => key),
	].filter((secret): secret is string => secret !== undefined && secret !== "");
