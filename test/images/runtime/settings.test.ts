import { describe, expect, it } from "vitest";
import { readSettings, secretsOf } from "../../../images/runtime/settings.ts";
import { EnvironmentError } from "../../../images/runtime/variables.ts";

const complete = {
	TEMPORAL_ADDRESS: "temporal.test:7233",
	WORKER_INSTANCE_NAME: "cpu-1",
	MINIO_ENDPOINT: "store.test:9000",
	MINIO_ACCESS_KEY: "key",
	MINIO_SECRET_KEY: "secret",
};

const fault = (environment: Record<string, string>): string => {
	try {
		readSettings(environment);
	} catch (error) {
		if (error instanceof EnvironmentError) return error.message;
		throw error;
	}
	return "";
};

describe("readSettings", () => {
	it("fills in the defaults", () => {
		expect(readSettings(complete)).toEqual({
			temporal: { address: "temporal.test:7233", namespace: "default", maxAttempts: 90, retrySeconds: 2 },
			baseTaskQueue: "video-processing",
			mode: "cpu",
			instance: "cpu-1",
			containerId: "",
			cpuThreads: 4,
			gpuThreads: 2,
			gpuOptional: false,
			gpuPretend: false,
			capacity: 2,
			engines: { whisper: "http://127.0.0.1:8082", llama: "http://127.0.0.1:8081" },
			search: { url: "ytsearch{count}:{query}", defaultCategory: "", maxAgeDays: 0 },
			cookiesFile: "",
			jobs: { allow: [], maxBytes: 4_096e6, maxSeconds: 1_500, minFreeBytes: 256e6 },
			downloadUser: undefined,
			reindexUrl: "",
			reindexToken: "",
			transcriptMinChars: 80,
			scratchMinAgeSeconds: 900,
			shutdownGraceSeconds: 20,
			store: {
				endpoint: "http://store.test:9000",
				bucket: "cres",
				region: "us-east-1",
				ca: undefined,
				pathStyle: true,
				accessKey: "key",
				secretKey: "secret",
				keysFrom: "MINIO_ACCESS_KEY + MINIO_SECRET_KEY",
			},
		});
	});

	it("takes the least of threads and cap as what may be in work at once", () => {
		const capacity = (changes: Record<string, string>) => readSettings({ ...complete, ...changes }).capacity;
		expect(capacity({ WORKER_GPU_THREADS: "1" })).toBe(1);
		expect(capacity({ SCHEDULER_ACTIVE_MAX_PARALLELISM: "3", WORKER_GPU_THREADS: "4" })).toBe(3);
		expect(capacity({ SCHEDULER_ACTIVE_INSTANCE: "false", WORKER_GPU_THREADS: "4" })).toBe(4);
		expect(readSettings({ ...complete, LLAMA_DISABLE: "1" }).engines.llama).toBeUndefined();
	});

	it("names every missing variable in one line, empty ones too", () => {
		expect(fault({ TEMPORAL_ADDRESS: "" })).toBe(
			"missing environment: TEMPORAL_ADDRESS, WORKER_INSTANCE_NAME, MINIO_ENDPOINT, " +
				"MINIO_ACCESS_KEY (or AWS_ACCESS_KEY_ID), MINIO_SECRET_KEY (or AWS_SECRET_ACCESS_KEY)",
		);
	});

	it("names missing and wrong variables together", () => {
		const { MINIO_SECRET_KEY: _, ...rest } = complete;
		expect(fault({ ...rest, BASE_TASK_QUEUE: "video@cpu", WORKER_CPU_THREADS: "many" })).toBe(
			"missing environment: MINIO_SECRET_KEY (or AWS_SECRET_ACCESS_KEY); wrong environment: " +
				'BASE_TASK_QUEUE="video@cpu" (expected a name without @: the role\'s suffix is added here), ' +
				'WORKER_CPU_THREADS="many" (expected a whole number)',
		);
	});

	it("reads the keys of payloads, which no log line and no message holds", () => {
		const key = Buffer.alloc(32, 5).toString("base64");
		const settings = readSettings({ ...complete, TEMPORAL_CODEC_KEYS: `k1:${key}` });
		expect(settings.temporal.codecKeys).toEqual([{ id: "k1", key }]);
		expect(secretsOf(settings)).toContain(key);
		const message = fault({ ...complete, TEMPORAL_CODEC_KEYS: `k1:${key}${key}` });
		expect(message).toContain("wrong environment: TEMPORAL_CODEC_KEYS (expected id:key");
		expect(message).not.toContain(key);
	});

	it("does not print keys that were pasted into an address", () => {
		const message = fault({ ...complete, MINIO_ENDPOINT: "http://key:sentinel@store.test:9000" });
		expect(message).toBe('wrong environment: MINIO_ENDPOINT="http://[redacted]@store.test:9000" (expected host:port)');
	});

	it("takes the addresses that cres.yaml takes: an IPv6 one in brackets, and no other", () => {
		const { temporal, store } = readSettings({
			...complete,
			TEMPORAL_ADDRESS: "[fd00::5]:7233",
			MINIO_ENDPOINT: "[fd00::5]:9000",
		});
		expect([temporal.address, store.endpoint]).toEqual(["[fd00::5]:7233", "http://[fd00::5]:9000"]);
		for (const address of ["fd00::5:7233", "[fd00::5]", "[gpu]:7233", "-x:7233"])
			expect(fault({ ...complete, TEMPORAL_ADDRESS: address })).toContain("(expected host:port)");
	});

	it("takes the AWS names where the MINIO ones are absent, and says which won", () => {
		const { MINIO_ACCESS_KEY: _, ...rest } = complete;
		const { store } = readSettings({ ...rest, AWS_ACCESS_KEY_ID: "aws", AWS_SECRET_ACCESS_KEY: "lost" });
		expect([store.accessKey, store.secretKey, store.keysFrom]).toEqual([
			"aws",
			"secret",
			"AWS_ACCESS_KEY_ID + MINIO_SECRET_KEY",
		]);
	});
});
