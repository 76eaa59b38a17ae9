import type Docker from "dockerode";
import { statusOf } from "./answers.ts";
import type { VolumeState } from "./container-host.ts";

/** Labels as the daemon's filters take them. */
export const labelFilters = (labels: Readonly<Record<string, string>>): { label: string[] } => ({
	label: Object.entries(labels).map(([key, value]) => `${key}=${value}`),
});

export async function listVolumes(docker: Docker, labels: Readonly<Record<string, string>>): Promise<VolumeState[]> {
	const { Volumes } = await docker.listVolumes({ filters: labelFilters(labels) });
	return (Volumes ?? []).map(stateOf);
}

/** Podman answers 409 where Docker gives back the volume that is there. */
export async function createVolume(
	docker: Docker,
	name: string,
	labels: Readonly<Record<string, string>>,
): Promise<VolumeState> {
	await docker.createVolume({ Name: name, Labels: { ...labels } }).catch((error: unknown) => {
		if (statusOf(error) !== 409) throw error;
	});
	return stateOf(await docker.getVolume(name).inspect());
}

function stateOf(volume: Docker.VolumeInspectInfo): VolumeState {
	const { CreatedAt } = volume as { CreatedAt?: string };
	return { name: volume.Name, labels: volume.Labels ?? {}, createdAt: Date.parse(CreatedAt ?? "") || 0 };
}
