import { secretValues } from "../config/config.ts";
import { splitHostAndPort } from "../system/hosts.ts";
import { assertNamespace, faultsOf, READY_SHARE, untilReady, type Dependencies } from "./dependencies.ts";
import type { Target } from "./probe.ts";
import type { RungCall } from "./rung.ts";
import type { World } from "./world.ts";

/**
 * Temporal and the store of cres.yaml, as a deploy hands them to a container. What is done there is done on own queues
 * and below an own prefix, and taken out again.
 * @throws UserError smoke_dependency
 */
export async function useRehearsal({ ports }: World, { signal, limitMs, report }: RungCall): Promise<Dependencies> {
	const { config, clock } = ports;
	const { temporal: at, temporalTls, store, storeCa, models } = config;
	const [temporal, s3] = await Promise.all([ports.temporal(), ports.s3()]);
	const questions = {
		temporal: () => assertNamespace(temporal),
		store: () => s3.call({ method: "HEAD", key: "", signal }),
	};
	await untilReady(questions, { clock, signal, limitMs: limitMs * READY_SHARE, report });
	return {
		settings: { temporal: at, temporalTls, store, storeCa, models },
		secrets: neededSecrets(config),
		...{ temporal, s3, shared: true },
		targets: targetsOf(config),
		about: { temporal: temporal.address, store: `${s3.endpoint}/${s3.bucket}` },
		async faults() {
			return Object.entries(await faultsOf(questions)).map(([name, reason]) => `${name}: ${reason}`);
		},
	};
}

/** An untested image gets the keys of Temporal and the store alone: no tokens of the api, nothing else of cres.yaml. */
const NEEDED = /^(?:MINIO_|TEMPORAL_|AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY)$)/;

const neededSecrets = (config: World["ports"]["config"]): Dependencies["secrets"] =>
	Object.fromEntries(Object.entries(secretValues(config)).filter(([name]) => NEEDED.test(name)));

function targetsOf(config: World["ports"]["config"]): Target[] {
	const { temporal, temporalTls: tls, store, storeCa } = config;
	const front = splitHostAndPort(temporal.instance_address ?? temporal.address);
	const serverName = temporal.tls?.instance_server_name ?? tls?.serverName ?? front.host;
	const isTls = tls !== undefined || config.secret("TEMPORAL_API_KEY") !== undefined; // a key turns TLS on
	const { host, port } = splitHostAndPort(store.instance_endpoint ?? store.endpoint);
	const behind = store.path_style ? host : `${store.bucket}.${host}`;
	return [
		{ name: "temporal", ...front, ...(isTls ? { tls: { serverName, ca: tls?.ca } } : {}) },
		{
			...{ name: "store", host: behind, port },
			...(store.secure ? { tls: { serverName: behind, ca: storeCa, protocol: "http/1.1" } } : {}),
		},
	];
}
