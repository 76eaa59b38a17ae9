import { afterEach, beforeEach, describe } from "vitest";
import { makeBench, type Bench } from "./bench.ts";
import { describeDeploys } from "./deploys.ts";
import { describeFailures } from "./failures.ts";
import { describeFleets } from "./fleets.ts";
import { describeInterrupts } from "./interrupts.ts";
import { describeLeases } from "./leases.ts";
import { describeLifecycle } from "./lifecycle.ts";
import { describeRecords } from "./records.ts";
import { describeRefusals } from "./refusals.ts";
import { describeResumes } from "./resumes.ts";
import { describeRollbacks } from "./rollbacks.ts";
import { describeStatus } from "./status.ts";
import type { MakeWorld } from "./world.ts";

const PARTS = {
	...{ deploys: describeDeploys, refusals: describeRefusals, failures: describeFailures },
	...{ interrupts: describeInterrupts, leases: describeLeases, records: describeRecords },
	...{ resumes: describeResumes, rollbacks: describeRollbacks, fleets: describeFleets },
	...{ status: describeStatus, lifecycle: describeLifecycle },
};
type Part = keyof typeof PARTS;

/** Every promise about rollouts that does not hang on the driver, or some parts of them. */
export function describeRollouts(
	name: string,
	make: MakeWorld,
	parts: readonly Part[] = Object.keys(PARTS) as Part[],
): void {
	describe(name, () => {
		let bench: Bench;
		beforeEach(async () => {
			bench = await makeBench(make);
		});
		afterEach(() => bench.close());
		for (const part of parts) PARTS[part](() => bench);
	});
}
