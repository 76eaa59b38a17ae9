import type Docker from "dockerode";
import { ignoring, statusOf } from "./answers.ts";
import type { ContainerHost, VolumeState } from "./container-host.ts";
import type { Daemon } from "./daemon.ts";

/** Labels as the daemon's filters take them. */
export const labelFilters = (labels: Readonly<Record<string, string>>): { label: string[] } => ({
	label: Object.entries(labels).map(([key, value]) => `${key}=${value}`),
});

type Volumes = Pick<ContainerHost, "volumes" | "createVolume" | "removeVolume">;

/** The daemon's volumes. */
export const volumeCalls = ({ docker, ask }: Daemon): Volumes => ({
	volumes: (labels) => ask("list volumes", () => listVolumes(docker, labels)),
	createVolume: (name, labels) => ask("make a volume", () => createVolume(docker, name, labels)),
	removeVolume: (name) => ask("remove a volume", () => ignoring([404], docker.getVolume(name).remove())),
});

async function listVolumes(docker: Docker, labels: Readonly<Record<string, string>>): Promise<VolumeState[]> {
	const { Volumes } = await docker.listVolumes({ filters: labelFilters(labels) });
	return (Volumes ?? []).map(stateOf);
}

/** The volume of that name as it stands then: the daemon gives back the one that is there, and Podman answers 409. */
async function createVolume(
	docker: Docker,
	name: string,
	labels: Readonly<Record<string, string>>,
): Promise<VolumeState> {
	try {
		return stateOf(await postVolume(docker, { Name: name, Labels: { ...labels } }));
	} catch (error) {
		if (statusOf(error) !== 409) throw error;
		return stateOf(await docker.getVolume(name).inspect());
	}
}

/** POST /volumes/create (Docker Engine API); Dockerode's own call throws away what the daemon answers. */
const postVolume = (docker: Docker, options: Docker.VolumeCreateOptions): Promise<Docker.VolumeInspectInfo> =>
	new Promise((resolve, reject) => {
		const request = { path: "/volumes/create?", method: "POST", options, statusCodes: { 200: true, 201: true } };
		docker.modem.dial(request as never, (error: unknown, made: unknown) =>
			error ? reject(error as Error) : resolve(made as Docker.VolumeInspectInfo),
		);
	});

function stateOf(volume: Docker.VolumeInspectInfo): VolumeState {
	const { CreatedAt } = volume as { CreatedAt?: string };
	return { name: volume.Name, labels: volume.Labels ?? {}, createdAt: Date.parse(CreatedAt ?? "") || 0 };
}
