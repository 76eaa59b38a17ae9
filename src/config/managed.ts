/** A name of a container's environment that cres sets, and what to change instead of it. */
interface ManagedName {
	/** `{instance}` is the name of the instance, where there is one. */
	setting: string;
	/** An instance's own `env` may set it: instances may see the same server at different addresses. */
	perInstance?: true;
}

const MANAGED: Readonly<Record<string, ManagedName>> = {
	TEMPORAL_ADDRESS: { setting: "temporal.instance_address", perInstance: true },
	TEMPORAL_NAMESPACE: { setting: "temporal.namespace" },
	TEMPORAL_TLS: { setting: "temporal.tls" },
	TEMPORAL_TLS_CA: { setting: "temporal.tls.ca" },
	TEMPORAL_TLS_SERVER_NAME: { setting: "temporal.tls.instance_server_name", perInstance: true },
	TEMPORAL_TLS_CERT: { setting: "temporal.tls.cert" },
	TEMPORAL_TLS_KEY: { setting: "temporal.tls.key" },
	MINIO_ENDPOINT: { setting: "store.instance_endpoint", perInstance: true },
	MINIO_SECURE: { setting: "store.secure", perInstance: true },
	MINIO_TLS_CA: { setting: "store.ca" },
	MINIO_PATH_STYLE: { setting: "store.path_style" },
	MINIO_BUCKET: { setting: "store.bucket" },
	BASE_TASK_QUEUE: { setting: "queue" },
	MODELS_MANIFEST_SHA256: { setting: "models.manifest", perInstance: true },
	WORKER_MODE: { setting: "instances.{instance}.roles" },
	WORKER_INSTANCE_NAME: { setting: "the name of the instance below instances" },
};

/** Why a name must not stand where it stands. `instance`: in that instance's `env`; undefined: in what all have. */
export function managedFault(name: string, instance: string | undefined): string | undefined {
	const managed = Object.hasOwn(MANAGED, name) ? MANAGED[name] : undefined;
	if (!managed || (managed.perInstance && instance !== undefined)) return undefined;
	return `cres sets this name itself; use ${managed.setting.replace("{instance}", instance ?? "<name>")} instead`;
}
