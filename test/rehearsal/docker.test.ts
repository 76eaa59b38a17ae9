import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { answersDocker } from "../../rehearsal/parts/docker.ts";

/** What `answersDocker` says of a daemon that stores images by that driver. */
async function answerOf(driver: string): Promise<unknown> {
	const directory = await mkdtemp(join(tmpdir(), "cres-docker-"));
	const server = createServer((_request, response) => response.end(JSON.stringify({ Driver: driver })));
	try {
		await once(server.listen(join(directory, "docker.sock")), "listening");
		return await answersDocker(join(directory, "docker.sock")).catch((error: Error) => error.message);
	} finally {
		server.closeAllConnections();
		server.close();
		await rm(directory, { recursive: true, force: true });
	}
}

it.each(["overlay2", "overlayfs"])("takes a daemon that stores layers by %s", async (driver) => {
	expect(await answerOf(driver)).toBe(true);
});

it("takes no daemon that copies an image for each container", async () => {
	expect(await answerOf("vfs")).toMatch(/^the Docker daemon at .* uses vfs; overlay2 or overlayfs is needed/);
});
