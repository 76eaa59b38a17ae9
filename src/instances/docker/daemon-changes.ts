import type Docker from "dockerode";
import { confinement } from "../../contracts/container.ts";
import { ignoring } from "./answers.ts";
import type { ContainerHost, ContainerSpec, HostFacts } from "./container-host.ts";
import { createContainer, LOG_CONFIG } from "./create.ts";
import type { Daemon } from "./daemon.ts";
import { gpuRequest } from "./host-facts.ts";

type Changes = Pick<ContainerHost, "create" | "start" | "stop" | "remove">;

/** What is done to containers. @param facts tells how the daemon hands out GPUs */
export const containerChanges = ({ docker, ask }: Daemon, facts: () => Promise<HostFacts>): Changes => ({
	create: (spec) =>
		ask("create a container", async () => create(docker, spec, spec.gpu ? [gpuRequest(await facts())] : undefined)),
	start: (id) => ask("start a container", () => ignoring([304], docker.getContainer(id).start())),
	stop: (id, graceMs) =>
		ask("stop a container", () => ignoring([304, 404], docker.getContainer(id).stop({ t: Math.ceil(graceMs / 1000) }))),
	remove: (id) =>
		ask("remove a container", () => ignoring([404, 409], docker.getContainer(id).remove({ force: true, v: true }))),
});

async function create(
	docker: Docker,
	spec: ContainerSpec,
	devices: ReturnType<typeof gpuRequest>[] | undefined,
): Promise<string> {
	const secrets = Object.entries(spec.secrets).map(([name, value]) => `${name}=${value.reveal()}`);
	const clear = Object.entries(spec.env).map(([name, value]) => `${name}=${value}`);
	const { HostConfig, ...volumes } = confinement(spec);
	return createContainer(docker, {
		name: spec.name,
		Image: spec.image,
		Env: [...clear, ...secrets],
		Labels: { ...spec.labels },
		...volumes,
		HostConfig: {
			...HostConfig,
			RestartPolicy: { Name: "unless-stopped" },
			LogConfig: LOG_CONFIG,
			...(spec.memoryMb === undefined ? {} : { Memory: spec.memoryMb * 2 ** 20 }),
			...(devices ? { DeviceRequests: devices } : {}),
		},
	});
}
