import ms, { type StringValue } from "ms";
import { z } from "zod";
import { ROLES } from "../contracts/queues.ts";

const name = z
	.string()
	.regex(/^[a-z0-9][a-z0-9-]{0,40}$/, "lower-case letters, digits and -, starting with a letter or digit");
const hostPort = z.string().regex(/^[^\s:/]+:\d{1,5}$/, "host:port");
const environment = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, "an environment name: A-Z, 0-9 and _"), z.string());

/** `30s`, `10m`, … → milliseconds. */
const duration = z
	.string()
	.regex(/^\d+(ms|s|m|h)$/, "a duration such as 30s or 10m")
	.transform((text) => ms(text as StringValue));

const registryAddress = z.strictObject({
	/** host or host:port. */
	address: z.string().regex(/^[^\s/]+$/, "host or host:port, without a scheme"),
	tls: z.boolean().default(true),
	/** PEM file of the CA that signed the registry's certificate. */
	ca: z.string().optional(),
});

const instance = z.strictObject({
	driver: z.literal("docker"),
	host: z.string().min(1),
	port: z.int().min(1).max(65535).default(22),
	user: z.string().min(1).default("root"),
	/** Private key file; `~` is the home directory. */
	key: z.string().min(1),
	/** Socket of the instance's Docker daemon. */
	docker_socket: z.string().startsWith("/").default("/var/run/docker.sock"),
	roles: z
		.array(z.enum(ROLES))
		.min(1)
		.refine((roles) => new Set(roles).size === roles.length, "each role once"),
	/** Clear values for this instance, over the shared ones. */
	env: environment.default({}),
	/** Memory limit of the container in MiB. */
	memory_mb: z.int().min(256).optional(),
});

/** cres.yaml. Published as JSON Schema in cres.schema.json. */
export const configSchema = z.strictObject({
	project: name,
	image: z.strictObject({
		/** Repository of the app image below the registry address; the base image lives in `<repository>-base`. */
		repository: z.string().regex(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, "lower-case path such as owner/name"),
		/** Directory that holds Dockerfile.base, Dockerfile and images/. */
		context: z.string().default("."),
		/** Where the source lives, for the image's annotation. */
		source: z.url().optional(),
	}),
	registry: z.strictObject({ push: registryAddress, pull: registryAddress.optional() }),
	temporal: z.strictObject({
		address: hostPort,
		namespace: z.string().min(1).default("default"),
		/** The same server as instances see it. */
		instance_address: hostPort.optional(),
	}),
	store: z.strictObject({
		endpoint: hostPort,
		/** The same store as instances see it. */
		instance_endpoint: hostPort.optional(),
		secure: z.boolean().default(false),
		bucket: z.string().min(3).default("cres"),
	}),
	/** Task queues are `<queue>@cpu` and `<queue>@gpu`. */
	queue: z
		.string()
		.regex(/^[^@\s]+$/, "a base name without @cpu or @gpu")
		.default("video-processing"),
	rollout: z
		.strictObject({
			/** How long a new container may take until it polls. */
			deploy_timeout: duration.default(60_000),
			/** How long the old worker may finish its activities. */
			drain_timeout: duration.default(30_000),
			/** How long the new container is watched for restarts before the old one goes. */
			watch: duration.default(2_000),
			/** Images of ours an instance keeps. */
			retain: z.int().min(2).max(50).default(3),
		})
		.prefault({}),
	/** Clear values for every instance. */
	env: environment.default({}),
	/** Names whose values come from the environment or .env and reach the container as secrets. */
	secrets: z.array(z.string().regex(/^[A-Z][A-Z0-9_]*$/)).default(["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"]),
	instances: z.record(name, instance).default({}),
});

export type FileConfig = z.output<typeof configSchema>;
export type InstanceConfig = FileConfig["instances"][string];
export type RegistryAddress = z.output<typeof registryAddress>;
