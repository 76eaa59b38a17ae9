import { createHash, scryptSync } from "node:crypto";
import { base64, type Config } from "../config/config.ts";
import type { InstanceConfig } from "../config/schema.ts";
import type { Secret } from "../secrets/secret.ts";
import type { RunSpec } from "../state/releases.ts";
import { canonicalJson } from "../system/json.ts";

/** The run spec that cres.yaml asks for now. `secrets` are the fingerprints of the values that are set. */
export function renderRunSpec(
	config: Pick<Config, "temporal" | "temporalTls" | "store" | "storeCa" | "models" | "queue" | "env">,
	name: string,
	instance: Pick<InstanceConfig, "roles" | "env"> & { memory_mb?: number | undefined },
	secrets: Readonly<Record<string, string>>,
	hostHasGpu: boolean,
): RunSpec {
	const { roles, memory_mb: memoryMb } = instance;
	return {
		env: {
			TEMPORAL_ADDRESS: config.temporal.instance_address ?? config.temporal.address,
			TEMPORAL_NAMESPACE: config.temporal.namespace,
			...temporalTlsOf(config),
			MINIO_ENDPOINT: config.store.instance_endpoint ?? config.store.endpoint,
			MINIO_SECURE: String(config.store.secure),
			MINIO_BUCKET: config.store.bucket,
			...storeExtrasOf(config),
			...(roles.includes("gpu") ? modelsOf(config) : {}),
			BASE_TASK_QUEUE: config.queue,
			WORKER_MODE: roles.length > 1 ? "both" : roles[0]!,
			WORKER_INSTANCE_NAME: name,
			...config.env,
			...instance.env,
		},
		secrets: { ...secrets },
		roles: [...roles],
		...(memoryMb === undefined ? {} : { memoryMb }),
		gpu: roles.includes("gpu") && hostHasGpu,
	};
}

/** What most stores do not need stays out, so that a container without it is not made again. */
const storeExtrasOf = ({ store, storeCa }: Pick<Config, "store" | "storeCa">): Record<string, string> => ({
	...(store.region === undefined ? {} : { MINIO_REGION: store.region }),
	...(storeCa === undefined ? {} : { MINIO_TLS_CA: base64(storeCa) }),
	...(store.path_style ? {} : { MINIO_PATH_STYLE: "false" }),
});

/** An instance without the gpu role loads no models: another manifest does not concern it. */
const modelsOf = ({ models }: Pick<Config, "models">): Record<string, string> =>
	models.manifest === undefined ? {} : { MODELS_MANIFEST_SHA256: models.manifest };

/** Certificates travel in the environment, the key among the secrets: nothing of it is on the image. */
function temporalTlsOf({ temporal, temporalTls }: Pick<Config, "temporal" | "temporalTls">): Record<string, string> {
	if (!temporalTls) return {};
	const serverName = temporal.tls?.instance_server_name ?? temporalTls.serverName;
	return {
		TEMPORAL_TLS: "true",
		...(temporalTls.ca === undefined ? {} : { TEMPORAL_TLS_CA: base64(temporalTls.ca) }),
		...(serverName === undefined ? {} : { TEMPORAL_TLS_SERVER_NAME: serverName }),
		...(temporalTls.client ? { TEMPORAL_TLS_CERT: base64(temporalTls.client.cert) } : {}),
	};
}

/** Name → fingerprint by the key of this machine. */
export const fingerprintsOf = (secrets: Readonly<Record<string, Secret>>, key: Uint8Array): Record<string, string> =>
	Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, value.fingerprint(name, key)]));

/**
 * The same for equal specs with equal secrets, on every machine, whatever the order of their keys: 16 hex digits. It
 * stands on instances, where their owners read it, so what it says of the secrets is one slow hash of all of them.
 */
export const runSpecHash = (spec: RunSpec, secrets: Readonly<Record<string, Secret>>): string =>
	createHash("sha256")
		.update(canonicalJson({ ...spec, secrets: sealed(secrets) }))
		.digest("hex")
		.slice(0, 16);

const seals = new Map<string, string>();

/** scrypt (RFC 7914) of all names and values, made once a process because it is slow on purpose. */
function sealed(secrets: Readonly<Record<string, Secret>>): string {
	const all = canonicalJson(Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, value.reveal()])));
	const known = createHash("sha256").update(all).digest("hex");
	const seal = seals.get(known) ?? scryptSync(all, "cres run spec", 32, { N: 4096, r: 8, p: 1 }).toString("hex");
	seals.set(known, seal);
	return seal;
}

/** Of secrets whose fingerprints two keys made, or the unkeyed hash of before, nobody can say whether they changed. */
export const isComparable = (then: string, now: string): boolean =>
	keyOf(then) !== undefined && keyOf(then) === keyOf(now);

const keyOf = (fingerprint: string): string | undefined => /^([0-9a-f]{8}):/.exec(fingerprint)?.[1];

/** Names whose value today is not the value of then, and those of which that is not known. */
export function changedSecrets(
	then: RunSpec,
	now: Readonly<Record<string, string>>,
): { changed: string[]; unknown: string[] } {
	const differing = Object.entries(then.secrets).filter(([name, fingerprint]) => now[name] !== fingerprint);
	const unknown = differing.filter(([name, fingerprint]) => name in now && !isComparable(fingerprint, now[name]!));
	const isUnknown = new Set(unknown.map(([name]) => name));
	return {
		changed: differing.map(([name]) => name).filter((name) => !isUnknown.has(name)),
		unknown: [...isUnknown],
	};
}
