import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openRemoval } from "../../src/cli/open-registry.ts";
import { loadConfig } from "../../src/config/load.ts";
import { digestOf } from "../../src/registry/image-reference.ts";
import { githubForTest, TOKEN } from "../support/github.ts";
import { serve } from "../support/loopback-server.ts";

it("the password of ghcr.io goes to GitHub's own API, not to the one of github.api", async () => {
	const github = await githubForTest();
	const digest = digestOf(`sha256:${"1".repeat(64)}`);
	github.world.packages.set("acme/worker", [{ id: 1, digest, tags: [], at: "2026-11-29T12:00:00Z" }]);
	const other = await serve(() => ({ status: 404 }));
	const directory = await mkdtemp(join(tmpdir(), "cres-removal-"));
	const settings = {
		...{ project: "app", image: { repository: "acme/worker" }, github: { api: `http://${other.host}` } },
		...{ registry: { push: { address: "ghcr.io" } }, temporal: { address: "temporal.test:7233" } },
		store: { endpoint: "store.test:9000" },
	};
	await writeFile(join(directory, "cres.yaml"), JSON.stringify(settings));
	const config = await loadConfig({ directory, environment: { REGISTRY_PASSWORD: TOKEN } });
	const { signal } = new AbortController();
	const registry = async () => expect.unreachable("ghcr.io deletes nothing itself");
	expect(await openRemoval(config, { signal, registry }, github.url)(digest)).toBe(true);
	expect(other.asked).toEqual([]);
});
