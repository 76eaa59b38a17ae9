import { createHash } from "node:crypto";
import type { Config } from "../config/config.ts";
import type { InstanceConfig } from "../config/schema.ts";
import type { Secret } from "../secrets/secret.ts";
import type { RunSpec } from "../state/releases.ts";
import { canonicalJson } from "../system/canonical-json.ts";

/** The run spec that cres.yaml asks for now. `secrets` are the values that are set. */
export function renderRunSpec(
	config: Pick<Config, "temporal" | "store" | "queue" | "env">,
	name: string,
	instance: InstanceConfig,
	secrets: Readonly<Record<string, Secret>>,
	hostHasGpu: boolean,
): RunSpec {
	const { roles } = instance;
	const memoryMb = "memory_mb" in instance ? instance.memory_mb : undefined;
	return {
		env: {
			TEMPORAL_ADDRESS: config.temporal.instance_address ?? config.temporal.address,
			TEMPORAL_NAMESPACE: config.temporal.namespace,
			MINIO_ENDPOINT: config.store.instance_endpoint ?? config.store.endpoint,
			MINIO_SECURE: String(config.store.secure),
			MINIO_BUCKET: config.store.bucket,
			...(config.store.region === undefined ? {} : { MINIO_REGION: config.store.region }),
			BASE_TASK_QUEUE: config.queue,
			WORKER_MODE: roles.length > 1 ? "both" : roles[0]!,
			WORKER_INSTANCE_NAME: name,
			...config.env,
			...instance.env,
		},
		secrets: Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, value.fingerprint(key)])),
		roles: [...roles],
		...(memoryMb === undefined ? {} : { memoryMb }),
		gpu: roles.includes("gpu") && hostHasGpu,
	};
}

/** The same for equal specs, whatever the order of their keys: 16 hex digits. */
export const runSpecHash = (spec: RunSpec): string =>
	createHash("sha256").update(canonicalJson(spec)).digest("hex").slice(0, 16);

/** Names whose value today is not the value of then. */
export const changedSecrets = (then: RunSpec, now: Readonly<Record<string, Secret>>): string[] =>
	Object.entries(then.secrets)
		.filter(([name, fingerprint]) => now[name]?.fingerprint(name) !== fingerprint)
		.map(([name]) => name);
