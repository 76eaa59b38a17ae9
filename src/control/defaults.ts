import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { ControlServiceSettings } from "../config/control-schema.ts";
import { isLoopback, splitHostAndPort } from "../system/hosts.ts";
import { controlFolder } from "./place.ts";

/** Which S3 server is on PATH. */
export interface Tools {
	s3: "minio" | "weed" | undefined;
}

const COMMON = { env: {}, secrets: {}, runtime_env: false, after: [] } satisfies Partial<ControlServiceSettings>;
const EXTERNAL = { ...COMMON, external: true } as const satisfies ControlServiceSettings;

/** A Temporal and a store for one machine, where cres.yaml places them there in clear; elsewhere somebody else runs them. */
export function defaultServices(
	config: Pick<Config, "temporal" | "store" | "state" | "temporalTls">,
	tools: Tools,
): Record<string, ControlServiceSettings> {
	const { temporal, store, temporalTls } = config;
	const isOurs = (address: string, encrypted: boolean) => !encrypted && isLoopback(splitHostAndPort(address).host);
	return {
		temporal: isOurs(temporal.address, temporalTls !== undefined) ? devServer(config) : EXTERNAL,
		store: isOurs(store.endpoint, store.secure) ? localStore(config, tools) : EXTERNAL,
	};
}

/** `temporal server start-dev`, with a file, so that its history outlives it (docs.temporal.io/cli/server). */
function devServer({ temporal, state }: Pick<Config, "temporal" | "state">): ControlServiceSettings {
	const { host, port } = splitHostAndPort(temporal.address);
	const file = join(controlFolder(state), "temporal.db");
	const where = [
		"--ip",
		address(host),
		"--port",
		String(port),
		"--namespace",
		temporal.namespace,
		"--db-filename",
		file,
	];
	return { ...COMMON, command: ["temporal", "server", "start-dev", "--headless", "--log-level", "warn", ...where] };
}

/** MinIO, else SeaweedFS, with the keys of .env. */
function localStore(
	{ store, state }: Pick<Config, "store" | "state">,
	{ s3 = "minio" }: Tools,
): ControlServiceSettings {
	const { host, port } = splitHostAndPort(store.endpoint);
	const data = join(controlFolder(state), "store");
	if (s3 === "weed") {
		const where = [`-dir=${data}`, `-ip=${address(host)}`, `-ip.bind=${address(host)}`, `-s3.port=${port}`];
		return {
			...COMMON,
			command: ["weed", "mini", ...where, "-webdav=false", "-admin.ui=false", "-master.telemetry=false"],
			secrets: { AWS_ACCESS_KEY_ID: "MINIO_ACCESS_KEY", AWS_SECRET_ACCESS_KEY: "MINIO_SECRET_KEY" },
		};
	}
	return {
		...COMMON,
		command: ["minio", "server", data, "--address", store.endpoint],
		secrets: { MINIO_ROOT_USER: "MINIO_ACCESS_KEY", MINIO_ROOT_PASSWORD: "MINIO_SECRET_KEY" },
	};
}

const address = (host: string): string => (host === "localhost" ? "127.0.0.1" : host);
