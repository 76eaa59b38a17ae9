import { join, relative } from "node:path";
import { parse, stringify } from "yaml";
import { writeDurably } from "../src/system/durable-files.ts";
import { readTextIfExists } from "../src/system/files.ts";
import { clientTls } from "./certificates.ts";
import type { PartContext } from "./part.ts";
import { rehearsalPerimeter } from "./perimeter-document.ts";
import { backendSettings, controlSettings } from "./parts/control-plane.ts";
import { GITHUB_REPOSITORY, githubToken, githubUrl } from "./parts/github.ts";
import { instanceKey, instanceSocket } from "./parts/instance.ts";
import { VAST_TIME_FACTOR, vastApiKey, vastUrl } from "./parts/vast.ts";

/** Name of the instance that is a host with a Docker daemon. */
export const INSTANCE = "cpu-1";
/** Names of the instances that are contracts of the simulated Vast. */
export const CONTRACTS = ["vast-1", "vast-2"] as const;
/** The one of them that also transcribes and summarises, on a GPU that is pretended. */
const WITH_GPU: string = CONTRACTS[0];

export interface ProjectOptions {
	/** Reaches every instance. */
	env?: Record<string, string>;
	/** Numbers of contracts by the instance's name. */
	contracts?: Readonly<Record<string, number>>;
	/** Names of .env that reach the containers beside what they need anyway. */
	secrets?: readonly string[];
}

/** The settings of a cres.yaml for this perimeter, whose control plane somebody else runs. */
export function projectSettings(
	context: PartContext,
	directory: string,
	{ env = {}, contracts = {}, secrets }: ProjectOptions = {},
) {
	const { ports, bridge, contextRoot } = context;
	const here = (port: number): string => `127.0.0.1:${port}`;
	const fromInstances = (port: number): string => `${bridge.gateway}:${port}`;
	return {
		project: "rehearsal",
		image: { repository: "cres/worker", context: relative(directory, contextRoot) },
		registry: {
			push: { address: here(ports.registry), tls: false },
			pull: { address: fromInstances(ports.registry), tls: false },
		},
		temporal: {
			address: here(ports.temporal),
			instance_address: fromInstances(ports.temporal),
			tls: clientTls(context),
		},
		store: { endpoint: here(ports.store), instance_endpoint: fromInstances(ports.store) },
		github: { api: githubUrl(context), repository: GITHUB_REPOSITORY },
		// Another project's: its boot asks them and touches neither.
		control: { services: { temporal: { external: true }, store: { external: true, after: ["temporal"] } } },
		...(secrets ? { secrets } : {}),
		rollout: { deploy_timeout: "60s", drain_timeout: "20s", watch: "2s", retain: 3 },
		// The media server of a rehearsal is not public.
		env: { EGRESS_ALLOW: `${bridge.gateway.replace(/\d+$/, "0")}/24`, ...env },
		instances: {
			[INSTANCE]: hostSettings(context),
			...Object.fromEntries(Object.entries(contracts).map(([name, id]) => [name, contractSettings(context, name, id)])),
		},
	};
}

const hostSettings = (context: PartContext) => ({
	driver: "docker",
	host: "127.0.0.1",
	port: context.ports.ssh,
	user: "root",
	key: instanceKey(context),
	docker_socket: instanceSocket(context),
	roles: ["cpu"],
});

/** How cres.yaml names a contract. */
export const contractSettings = (context: Pick<PartContext, "directory">, name: string, id: number) => ({
	driver: "vast",
	id,
	key: instanceKey(context),
	roles: name === WITH_GPU ? ["cpu", "gpu"] : ["cpu"],
	...(name === WITH_GPU ? { env: { GPU_PRETEND: "1" } } : {}),
});

/** The .env of a project in this perimeter. The endpoints are for `cres endpoint rotate` to fill in. */
export async function projectEnvironment(context: PartContext, baseImage: string): Promise<string> {
	const { credentials } = context;
	return [
		`REGISTRY_USERNAME=${credentials.registry.username}`,
		`REGISTRY_PASSWORD=${credentials.registry.password}`,
		`MINIO_ACCESS_KEY=${credentials.store.accessKey}`,
		`MINIO_SECRET_KEY=${credentials.store.secretKey}`,
		`BASE_IMAGE=${baseImage}`,
		"",
		`VAST_API_KEY=${await vastApiKey(context)}`,
		`VAST_URL=${vastUrl(context)}`,
		`CRES_VAST_TIME_FACTOR=${VAST_TIME_FACTOR}`,
		`GITHUB_TOKEN=${await githubToken(context)}`,
		...CONTRACTS.map((name) => name.toUpperCase().replaceAll("-", "_")).flatMap((name) => [
			`VAST_HOST_${name}=`,
			`VAST_PORT_${name}=`,
		]),
		"",
	].join("\n");
}

/** Writes a new cres.yaml but for the keys of attestations; what it holds is the rehearsal's. */
export async function writeSettings(
	context: PartContext,
	directory: string,
	options: ProjectOptions = {},
): Promise<void> {
	const header = "# Made by cres rehearse; it is rewritten each time.\n";
	const path = join(directory, "cres.yaml");
	const { attest } = (parse((await readTextIfExists(path)) ?? "{}") ?? {}) as { attest?: object };
	const settings = {
		...projectSettings(context, directory, options),
		...{ control: controlSettings(context), backend: backendSettings(context) },
		...(attest ? { attest } : {}),
	};
	await writeDurably(path, header + stringify(settings));
}

/** Writes a new cres.yaml and .env but for the tokens of the api and the key that signs attestations, docs/Perimeter.md, and docs/PLAN.md where it is not there. */
export async function writeProject(context: PartContext, directory: string, baseImage: string): Promise<void> {
	await writeSettings(context, directory);
	const path = join(directory, ".env");
	const kept = ((await readTextIfExists(path)) ?? "").match(/^(?:API_TOKENS|ATTEST_KEY)=.*$/gm) ?? [];
	const environment = [await projectEnvironment(context, baseImage), ...kept.map((line) => `${line}\n`)].join("");
	await writeDurably(path, environment, { mode: 0o600 });
	const { bridge, ports } = context;
	const perimeter = rehearsalPerimeter({ gateway: bridge.gateway, ports, instances: [INSTANCE, ...CONTRACTS] });
	await writeDurably(join(directory, "docs/Perimeter.md"), perimeter);
	const plan = join(directory, "docs/PLAN.md");
	if ((await readTextIfExists(plan)) === undefined) await writeDurably(plan, "# PLAN\n");
}

/** Whether .env has a line that begins so and goes on: a second rehearsal has what the first one made. */
export const holds = async (project: string, start: string): Promise<boolean> =>
	((await readTextIfExists(join(project, ".env"))) ?? "")
		.split(/\r?\n/)
		.some((line) => line.startsWith(start) && !["", '""', "''"].includes(line.slice(start.length).trim()));
