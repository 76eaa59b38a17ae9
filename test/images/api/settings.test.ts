import { describe, expect, it } from "vitest";
import { readApiSettings } from "../../../images/api/settings.ts";
import { EnvironmentError } from "../../../images/runtime/variables.ts";

const common = {
	TEMPORAL_ADDRESS: "temporal.test:7233",
	MINIO_ENDPOINT: "store.test:9000",
	MINIO_ACCESS_KEY: "key",
	MINIO_SECRET_KEY: "secret",
};
const compute = { ...common, API_ROLE: "compute", WORKER_MODE: "both", WORKER_INSTANCE_NAME: "gpu-1" };

const fault = (environment: Record<string, string>): string => {
	try {
		readApiSettings(environment);
	} catch (error) {
		if (error instanceof EnvironmentError) return error.message;
		throw error;
	}
	return "";
};

describe("readApiSettings", () => {
	it("needs no instance on the control plane, and listens for the LAN", () => {
		expect(readApiSettings({ ...common, API_ROLE: "control" })).toEqual({
			role: "control",
			modules: ["core", "control", "transcriptions"],
			isSelection: false,
			baseUrl: "/api/v1",
			host: "0.0.0.0",
			port: 8_100,
			access: { open: false, tokens: [], ratePerMinute: 120 },
			temporal: { address: "temporal.test:7233", namespace: "default", maxAttempts: 90, retrySeconds: 2 },
			baseTaskQueue: "video-processing",
			store: expect.objectContaining({ endpoint: "http://store.test:9000", bucket: "cres" }),
			engines: undefined,
			pretended: false,
			cache: { prefix: "cache/transcriptions", schema: "v3" },
			readConcurrency: 12,
			storeLimit: 20_000,
			capacity: 2,
			category: undefined,
			reindexEvery: undefined,
		});
	});

	it("listens for the tunnel only on an instance, next to both engines", () => {
		expect(readApiSettings(compute)).toMatchObject({
			host: "127.0.0.1",
			engines: {
				whisper: "http://127.0.0.1:8082",
				llama: { base: "http://127.0.0.1:8081", healthUrl: "http://127.0.0.1:8081/health" },
			},
		});
	});

	it("needs only the engines that the instance has", () => {
		expect(readApiSettings({ ...compute, WORKER_MODE: "cpu" }).engines).toBeUndefined();
		expect(readApiSettings({ ...compute, LLAMA_DISABLE: "1" }).engines).toEqual({ whisper: "http://127.0.0.1:8082" });
	});

	it("builds the index by itself on the control plane only, and not too often", () => {
		const every = { AUTO_REINDEX_ENABLED: "true", AUTO_REINDEX_INTERVAL_SECONDS: "15" };
		expect(readApiSettings({ ...common, ...every, API_ROLE: "control" }).reindexEvery).toBe(15);
		expect(readApiSettings({ ...compute, ...every }).reindexEvery).toBeUndefined();
		expect(fault({ ...compute, AUTO_REINDEX_INTERVAL_SECONDS: "14" })).toContain('AUTO_REINDEX_INTERVAL_SECONDS="14"');
	});

	it("bears what the threads of both roles and the cap allow", () => {
		const capacity = (variables: Record<string, string>) =>
			readApiSettings({ ...common, API_ROLE: "control", WORKER_GPU_THREADS: "8", ...variables }).capacity;
		expect([
			capacity({}),
			capacity({ SCHEDULER_ACTIVE_MAX_PARALLELISM: "3" }),
			capacity({ SCHEDULER_ACTIVE_INSTANCE: "false" }),
			capacity({ SCHEDULER_ACTIVE_INSTANCE: "false", WORKER_GPU_THREADS: "1" }),
		]).toEqual([2, 3, 4, 1]);
	});

	it("has no default role, and names all that is wrong at once", () => {
		expect(fault(common)).toBe("missing environment: API_ROLE");
		expect(
			fault({ API_ROLE: "gpu", API_PORT: "http", MINIO_ENDPOINT: "store.test:9000", MINIO_ACCESS_KEY: "key" }),
		).toBe(
			"missing environment: TEMPORAL_ADDRESS, MINIO_SECRET_KEY (or AWS_SECRET_ACCESS_KEY); wrong environment: " +
				'API_ROLE="gpu" (expected control or compute), API_PORT="http" (expected a whole number)',
		);
	});

	it("does not print a password that was pasted into an address", () => {
		expect(fault({ ...compute, LLAMA_URL: "ftp://user:sentinel@llama.test" })).toContain(
			'LLAMA_URL="ftp://[redacted]@llama.test"',
		);
	});
});
