import Docker from "dockerode";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { SYSTEM_FAULTS, systemFaultNames, type SystemFaultName } from "../../rehearsal/system/faults.ts";
import { healFault, injectFault, type FaultyInstance } from "../../rehearsal/system/inject.ts";
import type { TriageReport } from "../../src/checks/triage-report.ts";
import { systemShell } from "../../src/system/shell.ts";
import { makeDeployable, succeed, type Deployable } from "../support/deployable.ts";

const perimeter = inject("perimeter");
const INSTANCE = "triage-1";
let project: Deployable;
let faulty: FaultyInstance;

beforeAll(async () => {
	project = await makeDeployable(perimeter, INSTANCE);
	await succeed(project.cres("deploy", INSTANCE));
	faulty = {
		...{ docker: new Docker({ socketPath: perimeter.instance.socket }), shell: systemShell },
		...{ project: `test-${INSTANCE}`, instance: INSTANCE, gateway: perimeter.gateway },
	};
}, 180_000);
afterAll(() => project?.remove());

const sweep = async (...args: string[]): Promise<TriageReport & { exitCode: number | null }> => {
	const { exitCode, stdout } = await project.cres("triage", "--runtime", INSTANCE, "--json", ...args);
	return { exitCode, ...(JSON.parse(stdout) as TriageReport) };
};
const causes = ({ causes: all = [] }: TriageReport) => all.map(({ finding }) => `${finding.code} ${finding.message}`);
const also = (report: TriageReport) => causes(report).slice(1);
/** That programs have ended stays in their log for an hour. */
const present = (report: TriageReport) => causes(report).filter((cause) => !cause.startsWith("TR111"));

/** Looks until a healthy instance is seen as such, for what was undone takes effect in its own time. */
async function untilWell(): Promise<TriageReport & { exitCode: number | null }> {
	for (let look = 0; ; look++) {
		const report = await sweep();
		if (present(report).length === 0 || look === 15) return report;
		await delay(2_000);
	}
}

describe("a running instance", () => {
	it("is well: nothing is found, and every check has looked", async () => {
		const report = await untilWell();
		expect(causes(report)).toEqual([]);
		expect(report.couldNotLook).toEqual([]);
		expect(report.lookedAt.instances).toEqual([INSTANCE]);
		expect(report.exitCode).toBe(0);
	}, 60_000);

	it.for(systemFaultNames)("is diagnosed by name: %s", { timeout: 180_000 }, async (name: SystemFaultName) => {
		const { diagnosis, showsMs } = SYSTEM_FAULTS[name];
		await injectFault(faulty, name);
		try {
			await delay(showsMs);
			const report = await sweep();
			expect(causes(report), "what was told first").toEqual([expect.stringMatching(`^${diagnosis} `), ...also(report)]);
			expect(report.exitCode).toBe(3);
		} finally {
			await healFault(faulty, name);
		}
		expect(present(await untilWell())).toEqual([]);
	});
});
