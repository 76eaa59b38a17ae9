/** One environment variable that the images read. */
export interface RuntimeVariable {
	meaning: string;
	/** Absent: no default. */
	default?: string;
	/** The container refuses to start without it. */
	required?: true;
	/** Travels as Secret, only ever in the container's environment. */
	secret?: true;
}

/** Everything the programs inside the images read from their environment. */
export const RUNTIME_ENV = {
	TEMPORAL_ADDRESS: { meaning: "host:port of Temporal's gRPC frontend, as the instance sees it", required: true },
	TEMPORAL_NAMESPACE: { meaning: "Temporal namespace", default: "default" },
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
	MINIO_SECURE: { meaning: "true: the object store speaks HTTPS", default: "false" },
	MINIO_BUCKET: { meaning: "bucket of all objects", default: "cres" },
} as const satisfies Record<string, RuntimeVariable>;

export type RuntimeName = keyof typeof RUNTIME_ENV;
