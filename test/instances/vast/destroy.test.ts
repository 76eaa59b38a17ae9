import { describe, expect, it } from "vitest";
import { destroyContract, labelContract } from "../../../src/instances/vast/replace/destroy.ts";
import { searchOffers } from "../../../src/instances/vast/replace/rent.ts";
import type { VastInstance } from "../../../src/config/schema.ts";
import type { VastAccount } from "../../../src/vast/account.ts";
import type { OfferQuery } from "../../../src/vast/vast.ts";
import { fakeContract, type FakeContract } from "../../support/fake-contract.ts";
import { refusal } from "../../support/refusal.ts";

/** An account whose platform does as it is told, from the `after`th request on. */
function account({ own, contract, calls }: FakeContract, after = 1, failure?: Error): VastAccount {
	let asked = 0;
	const obeys = async (call: string, work: () => void) => {
		calls.push(call);
		if (++asked >= after) return work();
		if (failure) throw failure;
	};
	const api = {
		destroy: (id: number) => obeys(`destroy ${id}`, () => void (contract.actual = "destroyed")),
		setLabel: (id: number, label: string) => obeys(`label ${id}`, () => void (contract.label = label)),
	};
	return { ...own.account, api } as unknown as VastAccount;
}
const isOurs = (place: string | null) => place === "cres/p/gpu-1";
const destroy = (one: FakeContract, at: VastAccount) => destroyContract(one.ports, at, 7, isOurs);

describe("a contract that is to be destroyed", () => {
	it("is seen to be gone", async () => {
		const one = fakeContract({ label: "cres/p/gpu-1?owner=ann%40pc" });
		expect(await destroy(one, account(one))).toBe(true);
		expect([one.calls, one.waited()]).toEqual([["destroy 7"], 0]);
		expect(await destroy(one, account(one))).toBe(false);
		expect(one.calls).toHaveLength(1);
	});

	it("is asked for again, 10 s later, until it is", async () => {
		const one = fakeContract();
		expect(await destroy(one, account(one, 3, new Error("HTTP 503")))).toBe(true);
		expect([one.calls.length, one.waited()]).toEqual([3, 20_000]);
	});

	it.each([
		[new Error("HTTP 503"), "HTTP 503"],
		[undefined, "Vast still shows contract 7 as it was after 3 requests"],
	])("and stays may be billed: %s", async (failure, why) => {
		const one = fakeContract();
		expect(await refusal(destroy(one, account(one, 4, failure)))).toEqual({
			code: "still_billed",
			message: `contract 7 may still be billed, it could not be destroyed: ${why}`,
			hint: "cres deploy gpu-1 --replace destroys it",
		});
		expect(one.calls).toHaveLength(3);
	});

	it.each([
		["cres/other/gpu-1", "cres/other/gpu-1"],
		[null, "none"],
	])("is left alone with the label %j", async (label, told) => {
		const one = fakeContract({ label });
		expect(await destroy(one, account(one))).toBe(false);
		expect([one.calls, one.notes]).toEqual([[], [`contract 7 has the label ${told} by now: it is left alone`]]);
	});
});

describe("a contract that becomes the place of an instance", () => {
	it.each([
		["cres/p/gpu-1/new-r-6?owner=ann%40pc", "cres/p/gpu-1?owner=ann%40pc"],
		["cres/p/gpu-1/new-r-6", "cres/p/gpu-1"],
		[null, "cres/p/gpu-1"],
	])("%j keeps who holds its lease", async (label, expected) => {
		const one = fakeContract({ label });
		await labelContract(one.ports, account(one, 2), 7, "cres/p/gpu-1");
		expect([one.contract.label, one.calls.length]).toEqual([expected, 2]);
	});

	it("is none while the platform does not show it", async () => {
		const one = fakeContract({ id: 0 });
		await expect(labelContract(one.ports, account(one), 7, "cres/p/gpu-1")).rejects.toThrow("after 3 requests");
	});
});

describe("the offers that are asked for", () => {
	const asked = async (settings: Partial<VastInstance>): Promise<OfferQuery> => {
		let query: OfferQuery | undefined;
		const api = { offers: async (of: OfferQuery) => ((query = of), []) };
		const all = { roles: ["cpu"], disk_gb: 40, ...settings } as unknown as VastInstance;
		await searchOffers(all, { api } as unknown as VastAccount);
		return query!;
	};

	it("are those that the instance needs, and no dearer than it says", async () => {
		expect(await asked({})).toMatchObject({ minimumGpus: 0, diskGb: 40 });
		const given = { roles: ["cpu", "gpu"], flavour: "cuda", gpu_name: "RTX 4090", max_dph: 0.5, disk_gb: 80 } as const;
		expect(await asked({ ...given, roles: [...given.roles] })).toMatchObject({
			...{ minimumGpus: 1, minimumCuda: 12.4, diskGb: 80, gpuName: "RTX 4090", maximumDph: 0.5 },
		});
		for (const name of ["minimumCuda", "gpuName", "maximumDph"]) expect(await asked({})).not.toHaveProperty(name);
	});
});
