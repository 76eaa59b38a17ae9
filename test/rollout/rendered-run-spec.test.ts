import { describe, expect, it } from "vitest";
import { renderRunSpec } from "../../src/rollout/run-spec.ts";
import { Secret } from "../../src/secrets/secret.ts";

type Settings = Parameters<typeof renderRunSpec>[0];
/** What cres.yaml has at least. */
const least = {
	temporal: { address: "temporal:7233", namespace: "prod" },
	temporalTls: undefined,
	store: { endpoint: "s3:9000", secure: false, bucket: "media", path_style: true },
	storeCa: undefined,
	models: {},
	queue: "jobs",
	env: {},
} as unknown as Settings;
const most = {
	temporal: {
		...{ address: "127.0.0.1:7233", instance_address: "temporal:7233", namespace: "prod" },
		tls: { instance_server_name: "temporal.example" },
	},
	temporalTls: { ca: "CA", serverName: "here.example", client: { cert: "CERT", key: new Secret("sentinel-of-tls") } },
	store: {
		...{ endpoint: "127.0.0.1:9000", instance_endpoint: "s3:9000", secure: true, bucket: "media" },
		...{ path_style: false, region: "eu-central-1" },
	},
	storeCa: "STORE",
	models: { manifest: "abc" },
	queue: "jobs",
	env: { LEVEL: "info", MODE: "all" },
} as unknown as Settings;

describe("a run spec", () => {
	it("holds what every worker needs, and nothing that is not set", () => {
		expect(renderRunSpec(least, "cpu-1", { roles: ["cpu"], env: {} }, { KEY: "f" }, true)).toEqual({
			env: {
				...{ TEMPORAL_ADDRESS: "temporal:7233", TEMPORAL_NAMESPACE: "prod" },
				...{ MINIO_ENDPOINT: "s3:9000", MINIO_SECURE: "false", MINIO_BUCKET: "media" },
				...{ BASE_TASK_QUEUE: "jobs", WORKER_MODE: "cpu", WORKER_INSTANCE_NAME: "cpu-1" },
			},
			...{ secrets: { KEY: "f" }, roles: ["cpu"], gpu: false },
		});
	});

	it("holds the addresses as instances see them, certificates, models of a GPU, and the instance's own values last", () => {
		const instance = { roles: ["cpu", "gpu"] as ("cpu" | "gpu")[], env: { LEVEL: "debug" }, memory_mb: 512 };
		expect(renderRunSpec(most, "both-1", instance, {}, true)).toEqual({
			env: {
				...{ TEMPORAL_ADDRESS: "temporal:7233", TEMPORAL_NAMESPACE: "prod", TEMPORAL_TLS: "true" },
				...{ TEMPORAL_TLS_CA: "Q0E=", TEMPORAL_TLS_SERVER_NAME: "temporal.example", TEMPORAL_TLS_CERT: "Q0VSVA==" },
				...{ MINIO_ENDPOINT: "s3:9000", MINIO_SECURE: "true", MINIO_BUCKET: "media", MINIO_REGION: "eu-central-1" },
				...{ MINIO_TLS_CA: "U1RPUkU=", MINIO_PATH_STYLE: "false", MODELS_MANIFEST_SHA256: "abc" },
				...{ BASE_TASK_QUEUE: "jobs", WORKER_MODE: "both", WORKER_INSTANCE_NAME: "both-1" },
				...{ LEVEL: "debug", MODE: "all" },
			},
			...{ secrets: {}, roles: ["cpu", "gpu"], memoryMb: 512, gpu: true },
		});
		expect(renderRunSpec(most, "both-1", instance, {}, false).gpu).toBe(false);
	});

	it("has what only some settings give", () => {
		const tls = { ...least, temporalTls: { serverName: "here.example" } } as unknown as Settings;
		const { env } = renderRunSpec(tls, "gpu-1", { roles: ["gpu"], env: {} }, {}, true);
		expect(Object.entries(env).filter(([name]) => /TLS|MODELS|MODE/.test(name))).toEqual([
			...[
				["TEMPORAL_TLS", "true"],
				["TEMPORAL_TLS_SERVER_NAME", "here.example"],
				["WORKER_MODE", "gpu"],
			],
		]);
		const plain = { ...least, temporalTls: { client: undefined } } as unknown as Settings;
		const only = renderRunSpec(plain, "cpu-1", { roles: ["cpu"], env: {} }, {}, true).env;
		expect(Object.keys(only).filter((name) => name.startsWith("TEMPORAL_TLS"))).toEqual(["TEMPORAL_TLS"]);
		const cpu = renderRunSpec(most, "cpu-1", { roles: ["cpu"], env: {} }, {}, true);
		expect(cpu.env).not.toHaveProperty("MODELS_MANIFEST_SHA256");
	});
});
