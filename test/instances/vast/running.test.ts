import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectedPollers } from "../../../src/contracts/queues.ts";
import { recordedEndpoint } from "../../../src/state/endpoints.ts";
import { claimOf } from "../../../src/state/claim.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { observePollers, type PollerRow } from "../../../src/temporal/pollers.ts";
import { BUILD, NAME, makeContractWorld, type ContractWorld } from "../../support/contract-world.ts";
import { refusal } from "../../support/refusal.ts";

let world: ContractWorld;

beforeEach(async () => {
	world = await makeContractWorld();
});
afterEach(() => world.close());

async function polls(): Promise<PollerRow[]> {
	const temporal = await world.ports(NAME).temporal();
	return (await observePollers(temporal, expectedPollers("jobs", ["cpu", "gpu"]), systemClock)).rows;
}
const running = (rows?: PollerRow[]) => world.instance().running(async () => rows ?? polls());
const poll = (of: Partial<PollerRow>): PollerRow => ({
	...{ queue: "jobs@cpu", type: "activity", role: "cpu", verdict: "LIVE", lastSeenMs: Date.now() },
	...{ buildId: BUILD.first, identity: `cpu@${NAME}/${BUILD.first}-00000000` },
	...of,
});

describe("what runs in a contract", () => {
	it("is the build that polls, with what the records say of it", async () => {
		const release = await world.runs(BUILD.first);
		(await world.instance().connect()).close();
		const { since } = (await recordedEndpoint(world.state, NAME))!;
		const { container, ...facts } = await running();
		expect(facts).toEqual({ count: 1, generation: 1, gpu: true, stopped: null, holder: undefined });
		expect(container).toMatchObject({
			...{ digest: release.digest, buildId: BUILD.first, specHash: release.specHash, since, restarts: 0 },
		});
		const owns = (row: PollerRow) => container!.owns(row);
		expect((await polls()).map(owns)).toEqual([true, true, true]);
		expect(owns(poll({ buildId: BUILD.second }))).toBe(false);
		expect(owns(poll({ identity: `cpu@gpu-2/${BUILD.first}-00000000` }))).toBe(false);
	});

	it("is the one whose worker serves, also when a drained one polled later", async () => {
		await world.runs(BUILD.first);
		const late = Date.now() + 1_000;
		const drained = poll({ buildId: BUILD.second, lastSeenMs: late, verdict: "STALE" });
		const other = poll({ buildId: BUILD.third, lastSeenMs: late, identity: `cpu@gpu-2/${BUILD.third}-00000000` });
		expect((await running([drained, poll({}), other])).container?.buildId).toBe(BUILD.first);
		const newer = poll({ buildId: BUILD.third, lastSeenMs: late });
		expect((await running([poll({}), newer])).container?.buildId).toBe(BUILD.third);
	});

	it("is the one that is configured where nobody polls, and unknown for an image of somebody else", async () => {
		expect((await running([])).container).toMatchObject({
			...{ buildId: "", digest: "", specHash: null, since: "1970-01-01T00:00:00.000Z" },
		});
		await world.runs(BUILD.first);
		expect((await running([])).container).toMatchObject({ buildId: BUILD.first });
		expect(await running([])).toMatchObject({ generation: null });
	});

	it("has its lease's holder beside it", async () => {
		await world.instance().lease.take({ ...claimOf("deploy", systemClock), owner: "ann@pc" });
		expect((await running([])).holder).toMatchObject({ owner: "ann@pc", purpose: "deploy" });
		world.contract.gpus = 0;
		expect(await running([])).toMatchObject({ gpu: false });
	});

	it.each([
		["stopped", "stopped", /is stopped \(stopped was asked for\): outbid/, "cres start gpu-1, then cres deploy gpu-1"],
		["exited", "running", /is exited .*: the container ended by itself/, "cres logs gpu-1, then cres deploy gpu-1"],
		["offline", "running", /is offline .*: its host does not answer/, /^wait, then cres deploy gpu-1/],
		["unknown", "running", /is unknown .*: its host does not answer/, /^wait, then cres deploy gpu-1/],
		["loading", "running", /^contract \d+ is loading$/, /^wait, then cres deploy gpu-1/],
		[
			"loading",
			"stopped",
			/is loading .*: the host gave up making/,
			/^correct that, or wait .*; then cres deploy gpu-1$/,
		],
	] as const)("is nothing while the contract is %s and %s was asked for", async (actual, intended, detail, fix) => {
		Object.assign(world.contract, { actual, intended, statusMessage: null });
		expect(await running([])).toMatchObject({
			...{ container: null, count: 0, gpu: true },
			stopped: { detail: expect.stringMatching(detail), fix: expect.stringMatching(fix) },
		});
	});

	it("is not asked of a contract that is gone, or is not the instance's", async () => {
		world.contract.label = "cres/fleet/gpu-2";
		expect(await refusal(running([]))).toMatchObject({ code: "not_ours" });
		await world.account.api.destroy(world.id);
		expect(await refusal(running([]))).toMatchObject({ code: "contract_gone" });
	});
});
