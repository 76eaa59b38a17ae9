import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { TriageReport } from "../../src/checks/triage-report.ts";
import { makeProject, settingsFor } from "../support/cres.ts";
import { pinHostKey } from "../../src/state/host-keys.ts";
import { stateOf, succeed } from "../support/deployable.ts";
import { makeVastDeployable, type VastDeployable } from "../support/vast-deployable.ts";

const perimeter = inject("perimeter");
const NAME = "vast-triage";
let project: VastDeployable;

beforeAll(async () => {
	project = await makeVastDeployable(perimeter, NAME);
	await succeed(project.cres("deploy", NAME));
}, 240_000);
afterAll(() => project?.remove());

async function sweep(): Promise<TriageReport & { exitCode: number | null }> {
	const { exitCode, stdout } = await project.cres("triage", "--runtime", "--all", "--json");
	return { exitCode, ...(JSON.parse(stdout) as TriageReport) };
}
const causes = ({ causes: all = [] }: TriageReport) => all.map(({ finding }) => `${finding.code} ${finding.message}`);

describe("a contract that runs", () => {
	it("is well, as its container says over ssh", { timeout: 90_000 }, async () => {
		let report = await sweep();
		for (let look = 0; report.exitCode !== 0 && look < 10; look++) {
			await delay(2_000);
			report = await sweep();
		}
		expect(causes(report)).toEqual([]);
		expect(report.couldNotLook).toEqual([]);
	});

	it("has an on-start that is not ours any more", { timeout: 60_000 }, async () => {
		await project.inside("cp /root/onstart.sh /root/onstart.away; echo '#!/bin/sh' > /root/onstart.sh");
		const report = await sweep();
		await project.inside("mv /root/onstart.away /root/onstart.sh");
		expect(causes(report)).toContain(`TR135 the on-start of ${NAME} is not ours`);
	});
});

describe("an instance that takes connections and says nothing", () => {
	it("is one finding, costs its time once, and does not keep the command", { timeout: 60_000 }, async () => {
		const silent = createServer(() => {});
		await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
		const { port } = silent.address() as { port: number };
		const settings = settingsFor(perimeter, "silent-1");
		const [one] = Object.values(settings.instances);
		const names = ["silent-1", "silent-2", "silent-3"];
		const other = await makeProject(perimeter, "silent-1", {
			...settings,
			instances: Object.fromEntries(names.map((name) => [name, { ...one, port }])),
		});
		const pinnedAt = new Date().toISOString();
		const pin = { fingerprint: `SHA256:${"A".repeat(43)}`, endpoint: `127.0.0.1:${port}`, pinnedAt };
		for (const name of names) await pinHostKey(stateOf(other.directory), name, pin);
		const started = performance.now();
		const { exitCode, stdout } = await other.cres("triage", "--runtime", "--all", "--budget", "4s", "--json");
		silent.close();
		expect(performance.now() - started).toBeLessThan(15_000);
		expect(exitCode).toBe(3);
		const { findings } = JSON.parse(stdout) as TriageReport;
		expect(findings.filter(({ instance }) => instance !== undefined).map(({ code }) => code)).toEqual([
			...["TR101", "TR101", "TR101"],
		]);
	});
});
