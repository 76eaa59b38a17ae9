import type Docker from "dockerode";

/** How much of its log the daemon keeps of a container. */
export const LOG_CONFIG = { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } };

/**
 * Makes a container (POST /containers/create) of the very image that the daemon has under that name, and returns its id.
 * @throws Error when it got another image; the container is removed then
 */
export async function createContainer(
	docker: Docker,
	options: Docker.ContainerCreateOptions & { Image: string },
): Promise<string> {
	const container = await docker.createContainer(options);
	const [{ Image }, { Id }] = await Promise.all([container.inspect(), docker.getImage(options.Image).inspect()]);
	if (Image === Id) return container.id;
	await container.remove({ force: true, v: true });
	throw new Error(`the container got image ${Image} instead of ${Id}`);
}
