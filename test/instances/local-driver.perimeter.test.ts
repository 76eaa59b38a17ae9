import { beforeAll, inject } from "vitest";
import { makeLocalWorld, pushBuilds } from "../support/local-world.ts";
import { describeRollouts } from "../support/rollouts/describe.ts";

const perimeter = inject("perimeter");

beforeAll(() => pushBuilds(perimeter));

/** The other parts are in local-driver.slow.test.ts. */
describeRollouts("a driver of its own, on the daemon of this machine", () => makeLocalWorld(perimeter), [
	"deploys",
	"failures",
	"rollbacks",
]);
