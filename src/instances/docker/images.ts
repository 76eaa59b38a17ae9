import { LABEL } from "../../contracts/labels.ts";
import type { InstanceImage, InstanceImages } from "../images.ts";
import type { StoredImage } from "./container-host.ts";
import type { DockerPorts } from "./ports.ts";

/** What the daemon keeps of the app's repository, from whatever address it was pulled. */
export const instanceImages = (ports: DockerPorts): InstanceImages => ({
	async list() {
		const { repository } = ports.config.image;
		const found = await (await ports.host()).images(LABEL.buildId);
		return found.flatMap((image) => imagesOf(image, repository));
	},
	remove: async (reference) => (await ports.host()).removeImage(reference),
});

function imagesOf({ references, labels, bytes }: StoredImage, repository: string): InstanceImage[] {
	const ours = references.filter((reference) => reference.replace(/^[^/]+\//, "").split("@")[0] === repository);
	return ours.map((reference) => ({
		...{ reference, digest: reference.slice(reference.indexOf("@") + 1) },
		...{ buildId: labels[LABEL.buildId] ?? "", bytes },
	}));
}
