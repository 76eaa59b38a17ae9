import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deploy as bring } from "../../../src/rollout/deploy.ts";
import { BUILD, makeVastFleet, type VastFleet } from "../../support/vast-fleet.ts";

let fleet: VastFleet;
const deploy = (buildId: string) =>
	bring(fleet.ports("gpu-1"), { reference: `b-${buildId}` }, { dryRun: false, purpose: "deploy" });

beforeAll(async () => {
	fleet = await makeVastFleet({ instances: ["gpu-1"] });
});
afterAll(() => fleet.close());

describe("a roll of a contract", () => {
	it("stages, recycles, verifies the build inside and its polls", async () => {
		const rolled = await deploy(BUILD.first);
		expect(rolled).toMatchObject({ outcome: "live", buildId: BUILD.first, previous: null, generation: 2 });
	});

	it("does nothing when it already runs so", async () => {
		expect(await deploy(BUILD.first)).toMatchObject({ outcome: "unchanged" });
	});

	it("rolls on", async () => {
		const rolled = await deploy(BUILD.second);
		expect(rolled).toMatchObject({ outcome: "live", previous: { buildId: BUILD.first }, generation: 3 });
	});
});
