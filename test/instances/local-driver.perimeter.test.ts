import { join } from "node:path";
import { beforeAll, inject } from "vitest";
import { stateDirectory } from "../../src/state/directory.ts";
import { lastBuild } from "../../src/state/last-build.ts";
import { makeLocalWorld, pushBuilds } from "../support/local-world.ts";
import { describeRollouts } from "../support/rollouts/describe.ts";

const perimeter = inject("perimeter");

beforeAll(async () => {
	const built = await lastBuild(stateDirectory(join(perimeter.project, "cres.yaml"), "default"), "cpu");
	await pushBuilds(perimeter, built!.digest);
});

describeRollouts("a driver of its own, on the daemon of this machine", () => makeLocalWorld(perimeter));
