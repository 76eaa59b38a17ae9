import type Docker from "dockerode";
import type { RegistryCredential } from "../../registry/auth.ts";
import { statusOf } from "./answers.ts";
import type { ContainerHost, StoredImage } from "./container-host.ts";
import type { Daemon } from "./daemon.ts";
import { hasImage, pull } from "./pull.ts";

type Images = Pick<ContainerHost, "hasImage" | "pull" | "images" | "removeImage">;

/** The daemon's images. */
export const imageCalls = ({ docker, ask, limits }: Daemon, credential: RegistryCredential | undefined): Images => ({
	hasImage: (reference) => ask("look for an image", () => hasImage(docker, reference)),
	pull: (reference, report, signal) =>
		ask(`pull ${reference}`, () => pull(docker, credential, reference, { report, signal, limits })),
	images: (label) => ask("list images", () => listImages(docker, label)),
	removeImage: (reference) => ask("remove an image", () => removeImage(docker, reference)),
});

async function removeImage(docker: Docker, reference: string): Promise<boolean> {
	try {
		await docker.getImage(reference).remove();
		return true;
	} catch (error) {
		if (statusOf(error) === 409) return false;
		if (statusOf(error) === 404) return true;
		throw error;
	}
}

async function listImages(docker: Docker, label: string): Promise<StoredImage[]> {
	const options = { filters: { label: [label] }, "shared-size": true }; // Engine API 1.42; older ones ignore it
	const listed = await docker.listImages(options);
	return listed.map((image) => ({
		id: image.Id,
		references: image.RepoDigests ?? [],
		createdAt: image.Created,
		labels: image.Labels ?? {},
		bytes: image.Size - Math.max(0, image.SharedSize ?? 0),
	}));
}
