import { expect, it } from "vitest";
import { makeFakeWorld } from "../support/fake-world.ts";
import { makeControlHost } from "../support/rollouts/control-host.ts";

it("is ok while one of two workers of the same build serves, though the drained one polled last", async () => {
	const world = await makeFakeWorld();
	const now = world.clock.now();
	const buildId = world.builds.first;
	const worker = (identity: string, age: number) => ({ identity, buildId, lastSeenMs: now - age });
	const temporal = {
		...world.temporal,
		queueStatus: async () => ({
			pollers: [worker("serves", 40_000), worker("drained", 2000)],
			backlog: { count: 0, ageMs: 0 },
		}),
		heartbeats: async (queue: string) => [
			{
				...{ identity: "drained", queue, buildId, running: false, atMs: now - 1000 },
				slots: { available: 0, used: 0 },
			},
		],
	};
	const host = await makeControlHost({ ...world, temporal });
	const instance = host.open("api");
	const container = { digest: "sha256:a", buildId, specHash: null, since: new Date(now).toISOString(), restarts: 0 };
	const running = { count: 1, generation: 2, gpu: false, stopped: null, holder: undefined };
	host.open = () => ({
		...instance,
		running: async () => ({ ...running, container: { ...container, owns: () => true } }),
	});
	expect(await host.status("api")).toMatchObject([
		{ verdict: "ok", pollers: [{ verdict: "LIVE" }, { verdict: "LIVE" }] },
	]);
	await host.remove();
});
