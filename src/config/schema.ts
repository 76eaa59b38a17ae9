import { z } from "zod";
import { settingsSchema } from "../backend/settings.ts";
import { FLAVOURS } from "../contracts/build-info.ts";
import { HOST_MAYBE_PORT, HOST_PORT } from "../contracts/host-port.ts";
import { INSTANCE_NAME, INSTANCE_NAME_FORM } from "../contracts/instance-name.ts";
import { ROLES } from "../contracts/queues.ts";
import { attestSchema } from "./attest-schema.ts";
import { controlSchema } from "./control-schema.ts";
import { duration } from "./duration.ts";
import { httpsUrl } from "./https-url.ts";
import { HOST, USER, bareHost, isAddressOrName, splitHostAndPort } from "../system/hosts.ts";

const name = z.string().regex(INSTANCE_NAME, INSTANCE_NAME_FORM);
const hostPort = z
	.string()
	.regex(HOST_PORT, "host:port, an IPv6 address in brackets: [fd00::5]:7233")
	.refine(
		(text) => !HOST_PORT.test(text) || isAddressOrName(splitHostAndPort(text).host),
		"an address of IPv6 in the brackets",
	);
const environment = z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, "an environment name: A-Z, 0-9 and _"), z.string());

const registryAddress = z.strictObject({
	address: z
		.string()
		.regex(HOST_MAYBE_PORT, "host or host:port, without a scheme; an IPv6 address needs a host name")
		.describe("host or host:port, without a scheme"),
	tls: z.boolean().default(true).describe("false: plain HTTP"),
	ca: z.string().optional().describe("PEM file of the CA that signed the registry's certificate"),
});

const roles = z
	.array(z.enum(ROLES))
	.min(1)
	.refine((given) => new Set(given).size === given.length, "each role once")
	.describe("cpu runs workflows and cpu activities, gpu runs gpu activities");

const flavour = z.enum(FLAVOURS);

/** `b-…`, `inputs-…` and `sha256-…` are tags of builds and of attestations; where a channel may stand, 12 hex digits are a build id. */
const channel = z
	.string()
	.regex(
		/^(?!(?:b|inputs|sha256)-|[0-9a-f]{12}(?:-dirty)?$)[a-z][a-z0-9-]{0,40}$/,
		"lower-case letters, digits and -, starting with a letter, and not with b-, inputs- or sha256-; and no build id",
	);

const shared = {
	user: z
		.string()
		.regex(
			USER,
			"a login name: letters, digits and . _ @ + -, beginning with a letter or digit, such as ops or CORP\\ops",
		)
		.default("root")
		.describe("user to log in as"),
	key: z.string().min(1).describe("private key file; ~ is the home directory"),
	roles,
	flavour: flavour
		.optional()
		.describe("image that it runs: cpu, the default, or cuda with the engines for NVIDIA GPUs"),
	env: environment.default({}).describe("clear values for this instance, over the shared ones"),
};

const dockerInstance = z.strictObject({
	driver: z.literal("docker").describe("docker: any host with a Docker daemon behind ssh"),
	host: z
		.string()
		.regex(HOST, "a host name or an address, such as gpu.example.com, 203.0.113.7 or fd00::5")
		.refine(
			(host) => !HOST.test(host) || isAddressOrName(host),
			"a host name or an address: this is no address of IPv6",
		)
		.transform(bareHost)
		.describe("address of its sshd"),
	port: z.int().min(1).max(65535).default(22).describe("port of its sshd"),
	...shared,
	docker_socket: z
		.string()
		.regex(/^\//, "a path that starts with /")
		.default("/var/run/docker.sock")
		.describe("socket of the instance's Docker daemon"),
	memory_mb: z.int().min(256).optional().describe("memory limit of the container in MiB"),
});

const vastInstance = z.strictObject({
	driver: z.literal("vast").describe("vast: an ordinary Vast.ai instance, rolled through the Vast API"),
	id: z.int().min(1).describe("number of the contract; its address is asked for, never written here"),
	...shared,
	disk_gb: z.int().min(8).default(40).describe("disk of a contract that --replace makes, in GB"),
	gpu_name: z.string().min(1).optional().describe("GPU that --replace asks for, as Vast names it"),
	max_dph: z.number().positive().optional().describe("most USD per hour that --replace may cost"),
});

const instance = z.discriminatedUnion("driver", [dockerInstance, vastInstance]);

const temporalTls = z
	.strictObject({
		ca: z.string().min(1).optional().describe("PEM file of the CA that signed Temporal's certificate"),
		cert: z.string().min(1).optional().describe("PEM file of the client's certificate (mTLS)"),
		key: z.string().min(1).optional().describe("PEM file of its private key"),
		server_name: z.string().min(1).optional().describe("name in Temporal's certificate, if not that of the address"),
		instance_server_name: z.string().min(1).optional().describe("the same for instance_address"),
	})
	.refine(({ cert, key }) => (cert === undefined) === (key === undefined), "cert and key together");

/** A bucket in the host name needs one that names can stand before, and must be a label itself (RFC 1123). */
const takesBucketInHost = (given: { endpoint: string; instance_endpoint?: string | undefined; bucket: string }) =>
	/^[a-z0-9][a-z0-9-]*$/.test(given.bucket) &&
	[given.endpoint, given.instance_endpoint ?? ""].every((place) => !/^(\[|[\d.]+:)/.test(place));

const store = z
	.strictObject({
		endpoint: hostPort.describe("host:port of the object store's S3 API"),
		instance_endpoint: hostPort.optional().describe("the same store as instances see it"),
		secure: z.boolean().default(false).describe("true: the object store speaks HTTPS"),
		ca: z.string().min(1).optional().describe("PEM file of the CA that signed the object store's certificate"),
		bucket: z.string().min(3).default("cres").describe("bucket of all objects"),
		path_style: z
			.boolean()
			.default(true)
			.describe("false: the bucket stands in the host name (bucket.host), not in the path"),
		region: z
			.string()
			.regex(/^[a-z0-9-]{1,40}$/, "a region such as eu-central-1")
			.optional()
			.describe("region that requests are signed for; default: us-east-1"),
	})
	.refine(({ ca, secure }) => ca === undefined || secure, { path: ["ca"], error: "a CA needs store.secure: true" })
	.refine((given) => given.path_style || takesBucketInHost(given), {
		path: ["path_style"],
		error: "false needs an endpoint (and instance_endpoint) with a host name, and a bucket of a-z, 0-9 and - alone",
	});

const github = z.strictObject({
	api: httpsUrl
		.default("https://api.github.com")
		.describe("GitHub's REST API; of GitHub Enterprise https://host/api/v3"),
	repository: z
		.string()
		.regex(/^[\w-][\w.-]*\/[\w.-]+$/, "owner/name")
		.optional()
		.describe("repository that builds the images; default: that of the remote origin, else of image.source"),
	workflow: z
		.string()
		.regex(/^[\w-][\w.-]*\.ya?ml$/, "a file of .github/workflows, such as images.yml")
		.default("images.yml")
		.describe("workflow that builds, smokes and records the images"),
});

const pinned = z.string().regex(/^[^\s@]+@sha256:[0-9a-f]{64}$/, "an image pinned by digest: host/repository@sha256:…");

const smokeDependencies = z.strictObject({
	temporal: pinned.describe("image of a Temporal server that answers in clear on port 7233, pinned by digest"),
	store: pinned.describe(
		"image of an S3 server, pinned by digest; it gets its keys as MINIO_ROOT_USER and MINIO_ROOT_PASSWORD",
	),
	temporal_command: z
		.array(z.string())
		.default(["server", "start-dev", "--headless", "--ip", "0.0.0.0"])
		.describe("arguments of Temporal's image"),
	store_command: z.array(z.string()).default(["server", "/data"]).describe("arguments of the store's image"),
	store_port: z.int().min(1).max(65535).default(9000).describe("port of the store's S3 API in its container"),
});

const day = z
	.string()
	.regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, "a day such as 2026-12-31")
	.refine((text) => new Date(`${text}T00:00:00Z`).toISOString().startsWith(text), "a day of the calendar");

const silence = z.strictObject({
	check: z.string().min(1).describe("check that it silences"),
	fingerprint: z
		.string()
		.regex(/^[0-9a-f]{16}$/, "16 hex digits, as cres triage explain prints them")
		.describe("the finding: it changes with the offending text, and then the silence ends"),
	reason: z.string().trim().min(1).describe("why it is right as it is"),
	owner: z.string().trim().min(1).describe("who answers for that"),
	since: day.describe("day on which it was written"),
	until: day.describe("last day on which it silences"),
});

/** `triage` of cres.yaml, which is read alone where there is no valid cres.yaml. */
export const triageSchema = z.strictObject({
	silence: z.array(silence).default([]).describe("findings of cres triage that are not shown"),
});

/** cres.yaml. Published as JSON Schema in cres.schema.json. */
export const configSchema = z.strictObject({
	project: name.describe("name of the project; containers are named and labelled by it"),
	image: z.strictObject({
		repository: z
			.string()
			.regex(/^[a-z0-9]+([._/-][a-z0-9]+)*$/, "lower-case path such as owner/name")
			.describe("repository of the app image below the registry's address; the base image lives in <repository>-base"),
		context: z.string().default(".").describe("directory that holds Dockerfile.base, Dockerfile and images/"),
		source: z.url().optional().describe("where the source lives, for the image's annotation"),
	}),
	channels: z
		.array(channel)
		.refine((given) => new Set(given).size === given.length, "each channel once")
		.default(["canary", "stable"])
		.describe("tags of the app image that only cres promote moves"),
	build: z
		.strictObject({ flavour: flavour.default("cpu").describe("what cres build makes without --flavour: cpu or cuda") })
		.prefault({}),
	registry: z.strictObject({
		push: registryAddress.describe("the registry as the operator reaches it"),
		pull: registryAddress.optional().describe("the same registry as instances reach it; default: as push"),
	}),
	temporal: z.strictObject({
		address: hostPort.describe("host:port of Temporal's gRPC frontend"),
		namespace: z.string().min(1).default("default").describe("Temporal namespace"),
		instance_address: hostPort.optional().describe("the same server as instances see it"),
		tls: temporalTls.optional().describe("TLS to Temporal; {} is enough for a public certificate"),
	}),
	store,
	github: github.prefault({}),
	queue: z
		.string()
		.regex(/^[^@\s]+$/, "a base name without @cpu or @gpu")
		.default("video-processing")
		.describe("base name: task queues are <queue>@cpu and <queue>@gpu"),
	rollout: z
		.strictObject({
			deploy_timeout: duration.prefault("60s").describe("how long a new container may take until it polls"),
			drain_timeout: duration.prefault("30s").describe("how long the old worker may finish its activities"),
			watch: duration
				.prefault("2s")
				.describe("how long the new container must stay up, counted from its start, before the old one goes"),
			retain: z.int().min(2).max(50).default(3).describe("cres images that an instance keeps"),
		})
		.prefault({}),
	attest: attestSchema.prefault({}),
	models: z
		.strictObject({
			manifest: z
				.string()
				.regex(/^[0-9a-f]{64}$/, "64 hex digits")
				.optional()
				.describe("sha256 of the manifest of models, as cres models push writes it; instances load no other"),
		})
		.prefault({}),
	smoke: z
		.strictObject({
			dependencies: smokeDependencies
				.optional()
				.describe(
					"what cres smoke starts beside the image that it tests, which GitHub Actions needs; docker buildx imagetools inspect IMAGE:TAG shows the digest",
				),
		})
		.prefault({}),
	control: controlSchema.prefault({}),
	backend: settingsSchema.optional().describe("the api of this machine as several processes: cres backend"),
	env: environment.default({}).describe("clear values for every instance"),
	secrets: z
		.array(z.string().regex(/^[A-Z][A-Z0-9_]*$/))
		.default(["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"])
		.describe("names whose values come from the environment or .env and reach the container as secrets"),
	instances: z.record(name, instance).default({}).describe("the hosts that run workers, by name"),
	triage: triageSchema.prefault({}),
});

export type FileConfig = z.output<typeof configSchema>;
export type Silence = z.output<typeof silence>;
export type InstanceConfig = FileConfig["instances"][string];
export type DockerInstance = z.output<typeof dockerInstance>;
export type VastInstance = z.output<typeof vastInstance>;
export type RegistryAddress = z.output<typeof registryAddress>;
