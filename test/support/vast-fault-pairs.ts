import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { faultNames, type FaultName } from "../../rehearsal/vast/faults.ts";
import { USUAL_TIMINGS } from "../../rehearsal/vast/timings.ts";
import { deploy, rollInto } from "./vast-faults.ts";
import { BUILD, makeVastFleet, type VastFleet } from "./vast-fleet.ts";

/** The test that a roll ends as it may end whatever two faults come together, for so many pairs, which `seed` chooses. */
export function testFaultPairs(runs: number, seed: number): void {
	const anyFault = fc.constantFrom<FaultName>(...faultNames);
	const pairs = fc.sample(fc.tuple(anyFault, anyFault), { seed, numRuns: runs });
	let fleet: VastFleet;

	beforeAll(async () => {
		fleet = await makeVastFleet({ instances: ["gpu-1"], factor: 1000, timings: USUAL_TIMINGS, deployTimeout: "2s" });
		await deploy(fleet, BUILD.first);
	});
	afterAll(() => fleet.close());

	it(`ends as it may end, ${runs} pairs of faults`, { timeout: 900_000 }, async () => {
		const ends = new Map<string, number>();
		for (const pair of pairs) {
			const { how } = await rollInto(fleet, pair).catch((error: unknown) => {
				throw new Error(`with ${pair.join(" and ")}: ${String(error)}`, { cause: error });
			});
			ends.set(how, (ends.get(how) ?? 0) + 1);
		}
		expect([...ends.values()].reduce((sum, count) => sum + count)).toBe(runs);
	});
}
