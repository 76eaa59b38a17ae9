import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { readReleases } from "../../../src/state/releases.ts";
import type { RolloutPorts } from "../../../src/rollout/ports.ts";
import { deploy as bring } from "../../../src/rollout/deploy.ts";
import { deploy, serving } from "../../support/vast-faults.ts";
import { BUILD, leaveLease, makeVastFleet, type VastFleet } from "../../support/vast-fleet.ts";

const NAME = "gpu-1";
/** Steps of a roll over a live release, by the words that their lines begin with. */
const STEPS = ["drain", "stage", "recycle", "wait until the platform", "find the new", "wait until the new", "watch"];

let fleet: VastFleet;

beforeEach(async () => {
	fleet = await makeVastFleet({ instances: [NAME] });
	await deploy(fleet, BUILD.first);
});
afterEach(() => fleet.close());

/** Rolls until a step is about to begin or to be journalled as done, and goes no further, as after a kill -9. */
async function killed(step: string, moment: "before" | "after"): Promise<void> {
	const { promise: reached, resolve } = Promise.withResolvers<void>();
	const dead = new Promise<never>(() => {});
	const ports: RolloutPorts = fleet.ports(NAME);
	const progress: RolloutPorts["progress"] = {
		...ports.progress,
		async step(title, work) {
			if (!title.startsWith(step)) return work(() => {});
			if (moment === "after") await work(() => {});
			resolve();
			return dead;
		},
	};
	void bring({ ...ports, progress }, { reference: `b-${BUILD.second}` }, { dryRun: false, purpose: "deploy" });
	await reached;
	await leaveLease(fleet, NAME);
}

const entries = async () => (await readFile(join(fleet.root, "docs", "PLAN.md"), "utf8")).match(/^## .*$/gm) ?? [];
const recycles = () => fleet.sim.requests.filter(({ route }) => route === "recycle").length;

describe("a rollout that was killed", () => {
	describe.each(STEPS)("at: %s", (step) => {
		it.each(["before", "after"] as const)("%s it is done, goes on to the wanted release", async (moment) => {
			const before = recycles();
			await killed(step, moment);
			const rolled = await deploy(fleet, BUILD.second);
			expect(rolled.outcome).toBe("live");
			expect(serving(fleet)).toBe(BUILD.second);
			expect((await readReleases(fleet.state, NAME)).at(-1)).toMatchObject({ outcome: "live", buildId: BUILD.second });
			expect(await entries()).toHaveLength(2);
			expect(recycles() - before).toBe(1); // what was asked for already is not asked for again
		});

		it("can go back to the release before instead", async () => {
			await killed(step, "after");
			const back = await deploy(fleet, BUILD.first);
			expect(["live", "unchanged"]).toContain(back.outcome);
			expect(serving(fleet)).toBe(BUILD.first);
		});
	});

	it("stops at a contract that is gone, and rents none", async () => {
		await killed("recycle", "after");
		await fleet.account.api.destroy(fleet.contractOf(NAME));
		await expect(deploy(fleet, BUILD.second)).rejects.toThrow(/is gone: Vast knows no such instance/);
		expect(fleet.sim.contracts()).toEqual([]);
	});

	it.each(["offline", "unknown"] as const)("changes nothing while the host is %s", async (fault) => {
		await killed("stage", "after");
		fleet.sim.faults.set(fault);
		const from = fleet.sim.requests.length;
		await expect(deploy(fleet, BUILD.second)).rejects.toThrow(UserError);
		expect(fleet.sim.requests.slice(from).filter(({ method }) => method !== "GET")).toEqual([]);
	});
});

describe("Ctrl-C", () => {
	it.each(STEPS)("at: %s, goes back to the release before", async (step) => {
		const interrupt = new AbortController();
		const ports = fleet.ports(NAME, { signal: interrupt.signal });
		const stop = new UserError("interrupted", "interrupted by the operator");
		const progress: RolloutPorts["progress"] = {
			...ports.progress,
			async step(title, work) {
				if (title.startsWith(step) && !interrupt.signal.aborted) setTimeout(() => interrupt.abort(stop), 1);
				return work(() => {});
			},
		};
		const rolling = bring(
			{ ...ports, progress },
			{ reference: `b-${BUILD.second}` },
			{ dryRun: false, purpose: "deploy" },
		);
		await expect(rolling).rejects.toMatchObject({ code: "interrupted", exit: "interrupted" });
		await delay(5);
		expect(serving(fleet)).toBe(BUILD.first);
	});
});
