import { USER_IDS } from "./user-ids.ts";

/** One environment variable that the images read. */
export interface RuntimeVariable {
	meaning: string;
	/** Absent: no default. */
	default?: string;
	/** The container refuses to start without it. */
	required?: true;
	/** Travels as Secret, only ever in the container's environment. */
	secret?: true;
	/** On or off, as src/contracts/flag.ts reads it. */
	flag?: true;
}

/** Everything the programs inside the images read from their environment. */
export const RUNTIME_ENV = {
	TEMPORAL_ADDRESS: { meaning: "host:port of Temporal's gRPC frontend, as the instance sees it", required: true },
	TEMPORAL_NAMESPACE: { meaning: "Temporal namespace", default: "default" },
	TEMPORAL_TLS: { meaning: "true: Temporal is reached over TLS", default: "false", flag: true },
	TEMPORAL_TLS_CA: {
		meaning: "PEM, in base64, of the CA that signed Temporal's certificate; empty: the public ones",
		default: "",
	},
	TEMPORAL_TLS_SERVER_NAME: { meaning: "name in Temporal's certificate; empty: that of the address", default: "" },
	TEMPORAL_TLS_CERT: { meaning: "PEM, in base64, of the client's certificate; empty: none", default: "" },
	TEMPORAL_TLS_KEY: { meaning: "PEM, in base64, of its private key", default: "", secret: true },
	TEMPORAL_API_KEY: { meaning: "API key of Temporal, over TLS only; empty: none", default: "", secret: true },
	TEMPORAL_CODEC_KEYS: {
		meaning:
			"keys that payloads in Temporal are encrypted with, id:base64 by commas, the first one encrypts; empty: none",
		default: "",
		secret: true,
	},
	TEMPORAL_CONNECT_MAX_ATTEMPTS: { meaning: "connection attempts before the worker gives up", default: "90" },
	TEMPORAL_CONNECT_RETRY_SECONDS: { meaning: "seconds between two attempts", default: "2" },
	BASE_TASK_QUEUE: { meaning: "task queues are <this>@cpu and <this>@gpu", default: "video-processing" },
	WORKER_MODE: { meaning: "cpu, gpu or both", default: "cpu" },
	WORKER_INSTANCE_NAME: { meaning: "instance name in the worker's identity", required: true },
	WORKER_CONTAINER_ID: {
		meaning: "8 hex digits at the end of the identity; empty: those of the host name",
		default: "",
	},
	WORKER_CPU_THREADS: { meaning: "cpu activities in flight", default: "4" },
	WORKER_GPU_THREADS: { meaning: "gpu activities in flight; each engine works one at a time", default: "2" },
	WORKER_GPU_OPTIONAL: {
		meaning: "1: without a usable GPU the gpu worker ends with 0, once",
		default: "0",
		flag: true,
	},
	GPU_PRETEND: {
		meaning: "rehearsal only: 1 satisfies the GPU checks, engines run on the CPU",
		default: "0",
		flag: true,
	},
	WORKER_SHUTDOWN_GRACE_SECONDS: { meaning: "seconds a running activity may go on after SIGTERM", default: "20" },
	MINIO_ENDPOINT: { meaning: "host:port of the object store's S3 API, as the instance sees it", required: true },
	MINIO_ACCESS_KEY: {
		meaning: "access key of the object store (alias AWS_ACCESS_KEY_ID)",
		required: true,
		secret: true,
	},
	MINIO_SECRET_KEY: {
		meaning: "secret key of the object store (alias AWS_SECRET_ACCESS_KEY)",
		required: true,
		secret: true,
	},
	MINIO_SECURE: { meaning: "true: the object store speaks HTTPS", default: "false", flag: true },
	MINIO_TLS_CA: {
		meaning: "PEM, in base64, of the CA that signed the object store's certificate; empty: the public ones",
		default: "",
	},
	MINIO_PATH_STYLE: {
		meaning: "false: the bucket stands in the host name of the object store, not in the path",
		default: "true",
		flag: true,
	},
	MINIO_BUCKET: { meaning: "bucket of all objects", default: "cres" },
	MINIO_REGION: { meaning: "region that requests to the object store are signed for", default: "us-east-1" },
	MINIO_PUBLIC_BASE_URL: { meaning: "origin under which people reach the objects; empty: none", default: "" },
	MINIO_CACHE_PREFIX: { meaning: "prefix of kept answers; off: none are kept", default: "cache/transcriptions" },
	LLAMA_URL: { meaning: "origin of llama-server", default: "http://127.0.0.1:8081" },
	LLAMA_HEALTH_URL: { meaning: "its health address; empty: LLAMA_URL with /health", default: "" },
	LLAMA_DISABLE: { meaning: "1: summaries are always the fall-back", default: "0", flag: true },
	LLAMA_CTX_SIZE: { meaning: "tokens of llama's context", default: "4096" },
	LLAMA_THREADS: { meaning: "threads of llama; empty: min(8, cores)", default: "" },
	LLAMA_NGL: { meaning: "layers that llama gives to the GPU", default: "999" },
	LLAMA_PARALLEL: { meaning: "llama's slots, which share its context; empty: its own default", default: "" },
	LLM_MODEL_PATH: { meaning: "path of the GGUF file; wins over LLM_MODEL_FILE", default: "" },
	LLM_MODEL_FILE: { meaning: "name of the GGUF file below MODELS_DIR/llm", default: "" },
	WHISPER_URL: { meaning: "origin of the whisper process", default: "http://127.0.0.1:8082" },
	WHISPER_MODEL_PATH: { meaning: "directory of the whisper model; wins over WHISPER_MODEL_SIZE", default: "" },
	WHISPER_MODEL_SIZE: { meaning: "name of the whisper model below MODELS_DIR/whisper", default: "base" },
	WHISPER_DEVICE: { meaning: "auto, cpu or cuda", default: "auto" },
	WHISPER_COMPUTE_TYPE: { meaning: "precision of whisper; empty: float16 on CUDA, int8 on CPU", default: "" },
	WHISPER_THREADS: { meaning: "threads of whisper; empty: min(8, cores)", default: "" },
	MODELS_DIR: { meaning: "directory of the models", default: "/workspace/packages/models" },
	MODELS: { meaning: "names of the models to fetch, by commas; empty: by the names above", default: "" },
	MODELS_MANIFEST_URL: { meaning: "address of the manifest of models; empty: the one in the bucket", default: "" },
	MODELS_MANIFEST_SHA256: { meaning: "sha256 of the manifest of models, no other is taken; empty: any", default: "" },
	SCHEDULER_ACTIVE_INSTANCE: { meaning: "true: SCHEDULER_ACTIVE_MAX_PARALLELISM holds", default: "true", flag: true },
	SCHEDULER_ACTIVE_MAX_PARALLELISM: { meaning: "videos of a batch in work at once, at most", default: "2" },
	API_ROLE: { meaning: "control or compute; the boot program says compute" },
	API_HOST: { meaning: "address that the api listens on; empty: by API_ROLE", default: "" },
	API_PORT: { meaning: "port of the api", default: "8100" },
	API_TOKENS: {
		meaning: "hashes of the api's tokens, as cres api token create writes them; empty: only /health is answered",
		default: "",
		secret: true,
	},
	API_OPEN_ON_LOOPBACK: {
		meaning: "1: an api that listens on loopback only asks for no token",
		default: "0",
		flag: true,
	},
	API_BASE_URL: { meaning: "path that the modules of the api lie below", default: "/api/v1" },
	ENABLED_MODULES: { meaning: "modules of the api, by commas; empty: all of its role", default: "" },
	API_RATE_PER_MINUTE: { meaning: "requests a minute that one token may make", default: "120" },
	REINDEX_URL: { meaning: "address that refresh_index posts to; empty: none", default: "" },
	REINDEX_TOKEN: { meaning: "token of the api there, with the scope admin; empty: none", default: "", secret: true },
	AUTO_REINDEX_ENABLED: { meaning: "true: the control api indexes by itself", default: "false", flag: true },
	AUTO_REINDEX_INTERVAL_SECONDS: { meaning: "seconds between two passes of it, at least 15", default: "45" },
	SEARCH_URL: {
		meaning: "what yt-dlp is given to search, {query} and {count} filled in",
		default: "ytsearch{count}:{query}",
	},
	YOUTUBE_DEFAULT_CATEGORY: { meaning: "category of searches that name none; empty: any", default: "" },
	YOUTUBE_MAX_AGE_DAYS: { meaning: "videos of a search may be so many days old; 0: any", default: "0" },
	YTDLP_COOKIES_FILE: { meaning: "cookies for yt-dlp, in Netscape's format; empty: none", default: "" },
	EGRESS_ALLOW: {
		meaning: "private addresses that jobs may reach, by commas, as 10.1.2.0/24; empty: public ones only",
		default: "",
	},
	JOB_MAX_MB: { meaning: "megabytes that one job may fetch", default: "4096" },
	JOB_MAX_SECONDS: { meaning: "seconds that a job's download and extraction may take", default: "1500" },
	JOB_MIN_FREE_MB: { meaning: "megabytes that jobs leave free on the disk", default: "256" },
	DOWNLOAD_UID: {
		meaning: `user and group id of yt-dlp and ffmpeg; 0: the worker's own; in a container ${USER_IDS.download}, if not set`,
		default: "0",
	},
	ENGINE_UID: { meaning: "user and group id of llama and whisper; 0: root", default: USER_IDS.engine },
	TRANSCRIPT_MIN_CHARS: { meaning: "shorter transcripts are left out of combined output", default: "80" },
	TRANSCRIPT_FETCH_TIMEOUT_SECONDS: { meaning: "seconds that one read of the store may take", default: "20" },
	TRANSCRIPT_FETCH_CONCURRENCY: { meaning: "transcripts read at once", default: "12" },
	TRANSCRIPTIONS_CACHE_SCHEMA_VERSION: { meaning: "version in the keys of kept answers", default: "v3" },
	TEMP_CLEANUP_MIN_AGE_SECONDS: {
		meaning: "left-over scratch directories go after so long, at least 60",
		default: "900",
	},
} as const satisfies Record<string, RuntimeVariable>;

/** Whether the images take it for a secret, whatever cres.yaml lists. */
export const isSecretName = (name: string): boolean =>
	Object.hasOwn(RUNTIME_ENV, name) && "secret" in RUNTIME_ENV[name as RuntimeName];

export type RuntimeName = keyof typeof RUNTIME_ENV;
