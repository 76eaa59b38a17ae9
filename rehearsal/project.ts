import { join, relative } from "node:path";
import { stringify } from "yaml";
import { readTextIfExists, writeTextAtomic } from "../src/system/files.ts";
import type { PartContext } from "./part.ts";
import { rehearsalPerimeter } from "./perimeter-document.ts";
import { instanceKey, instanceSocket } from "./parts/instance.ts";

/** Name of the perimeter's instance. */
export const INSTANCE = "cpu-1";

/** The settings of a cres.yaml for this perimeter. */
export function projectSettings(context: PartContext, directory: string) {
	const { ports, bridge, contextRoot } = context;
	const address = (host: string, port: number): string => `${host}:${port}`;
	return {
		project: "rehearsal",
		image: { repository: "cres/worker", context: relative(directory, contextRoot) },
		registry: {
			push: { address: address("127.0.0.1", ports.registry), tls: false },
			pull: { address: address(bridge.gateway, ports.registry), tls: false },
		},
		temporal: {
			address: address("127.0.0.1", ports.temporal),
			instance_address: address(bridge.gateway, ports.temporal),
		},
		store: { endpoint: address("127.0.0.1", ports.store), instance_endpoint: address(bridge.gateway, ports.store) },
		rollout: { deploy_timeout: "60s", drain_timeout: "20s", watch: "2s", retain: 3 },
		env: {} as Record<string, string>,
		instances: {
			[INSTANCE]: {
				driver: "docker",
				host: "127.0.0.1",
				port: ports.ssh,
				user: "root",
				key: instanceKey(context),
				docker_socket: instanceSocket(context),
				roles: ["cpu"],
				env: {} as Record<string, string>,
			},
		},
	};
}

/** The .env of a project in this perimeter. */
export const projectEnvironment = ({ credentials }: PartContext, baseImage: string): string =>
	[
		`REGISTRY_USERNAME=${credentials.registry.username}`,
		`REGISTRY_PASSWORD=${credentials.registry.password}`,
		`MINIO_ACCESS_KEY=${credentials.store.accessKey}`,
		`MINIO_SECRET_KEY=${credentials.store.secretKey}`,
		`BASE_IMAGE=${baseImage}`,
		"",
	].join("\n");

/** Writes cres.yaml, .env and docs/PLAN.md into `directory`; an existing plan is kept. `env` reaches every instance. */
export async function writeProject(
	context: PartContext,
	directory: string,
	baseImage: string,
	env: Record<string, string> = {},
): Promise<void> {
	const header = "# Made by cres rehearse; it is written anew each time.\n";
	await writeTextAtomic(
		join(directory, "cres.yaml"),
		header + stringify({ ...projectSettings(context, directory), env }),
	);
	await writeTextAtomic(join(directory, ".env"), projectEnvironment(context, baseImage), 0o600);
	const plan = join(directory, "docs", "PLAN.md");
	if ((await readTextIfExists(plan)) === undefined) await writeTextAtomic(plan, "# PLAN\n");
	const perimeter = join(directory, "docs", "Perimeter.md");
	const { bridge, ports } = context;
	const instances = Object.keys(projectSettings(context, directory).instances);
	if ((await readTextIfExists(perimeter)) === undefined)
		await writeTextAtomic(perimeter, rehearsalPerimeter({ gateway: bridge.gateway, ports, instances }));
}
