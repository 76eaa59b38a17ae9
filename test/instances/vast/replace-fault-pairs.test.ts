import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { faultNames, type FaultName } from "../../../rehearsal/vast/faults.ts";
import { deploy } from "../../support/vast-faults.ts";
import { BUILD, makeVastFleet, type VastFleet } from "../../support/vast-fleet.ts";
import { NAME, replaceInto } from "../../support/vast-replace.ts";

const RUNS = 60;
const SEED = 20_261_126;

const anyFault = fc.constantFrom<FaultName>(...faultNames);
const calls = ["list", "offers", "create", "show", "change", "destroy", "request-logs", undefined] as const;
const pairs = fc.sample(fc.tuple(anyFault, anyFault, fc.constantFrom(...calls)), { seed: SEED, numRuns: RUNS });
let fleet: VastFleet;

beforeAll(async () => {
	fleet = await makeVastFleet({ instances: [NAME], factor: 1000, deployTimeout: "2s" });
	await deploy(fleet, BUILD.first);
});
afterAll(() => fleet.close());

it(`ends with one contract or names the others, ${RUNS} pairs of faults`, { timeout: 600_000 }, async () => {
	const ends = new Map<string, number>();
	for (const [first, second, route] of pairs) {
		fleet.sim.faults.set(first, route ? { route } : {});
		fleet.sim.faults.set(second);
		const { how } = await replaceInto(fleet).catch((error: unknown) => {
			throw new Error(`with ${first} (${route}) and ${second}: ${String(error)}`, { cause: error });
		});
		ends.set(how, (ends.get(how) ?? 0) + 1);
	}
	expect([...ends.values()].reduce((sum, count) => sum + count)).toBe(RUNS);
});
