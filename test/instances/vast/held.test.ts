import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readHeld } from "../../../src/instances/vast/replace/held.ts";
import type { VastPorts } from "../../../src/instances/vast/ports.ts";
import type { VastAccount } from "../../../src/vast/account.ts";
import type { Contract } from "../../../src/vast/vast.ts";
import { fakeContract, type FakeContract } from "../../support/fake-contract.ts";
import { refusal } from "../../support/refusal.ts";

const PLACE = "cres/p/gpu-1";
const NEW = `${PLACE}/new-20261129T101500.123-4-6`;

let state: string;
beforeEach(async () => {
	state = await mkdtemp(join(tmpdir(), "cres-held-"));
});

const held = (one: FakeContract, others: Partial<Contract>[] = []) => {
	const config = { project: "p", state };
	const ports = { ...one.ports, config: { ...one.ports.config, ...config } } as unknown as VastPorts;
	const all = [one.contract, ...others.map((other) => ({ ...one.contract, ...other }))];
	const account = { ...one.own.account, api: { contracts: async () => all } } as unknown as VastAccount;
	return readHeld(ports, account);
};
const ids = (contracts: readonly (Contract | undefined)[]) => contracts.map((one) => one?.id);

describe("what the account holds of an instance that is to get another contract", () => {
	it("are the contracts that interrupted rollouts rented for it, and no others", async () => {
		const others = [
			{ id: 8, label: NEW },
			{ id: 9, label: "cres/p/gpu-10/new-r-6" },
			{ id: 10, label: null },
			{ id: 11, label: "cres/q/gpu-1/new-r-6" },
		];
		const found = await held(fakeContract({ actual: "stopped" }), others);
		expect([ids(found.leftovers), found.interrupted, found.connected]).toEqual([[8], undefined, undefined]);
	});

	it("is the contract of before, where a change had come as far as cres.yaml", async () => {
		const one = fakeContract({ actual: "stopped", label: NEW });
		const before = { id: 6, label: `${PLACE}?owner=ann%40pc` };
		const found = await held(one, [{ id: 5, label: PLACE }, before, { id: 4, label: NEW }]);
		expect([found.interrupted?.old?.id, ids(found.leftovers)]).toEqual([6, [4]]);
	});

	it.each(["cres/p/gpu-2", null])("is no contract of before that has the label %j by now", async (label) => {
		const found = await held(fakeContract({ actual: "stopped", label: NEW }), [{ id: 6, label }]);
		expect(found.interrupted).toEqual({ old: undefined });
	});

	it("is none of another one's", async () => {
		for (const label of ["cres/p/gpu-2", null])
			expect(await refusal(held(fakeContract({ label })))).toMatchObject({ code: "not_ours" });
	});

	it("is the container only where that can be connected to", async () => {
		const one = fakeContract({ ports: {}, sshHost: null, sshPort: null });
		expect((await held(one)).connected).toBeUndefined();
		expect(one.notes).toEqual([
			expect.stringMatching(/^contract 7 of gpu-1 cannot be connected to: .*no ssh endpoint/),
		]);
		const quiet = fakeContract({ runtype: "args" });
		expect((await held(quiet)).connected).toBeUndefined();
		expect(quiet.notes).toEqual([]);
	});

	it("is not known where a record of it cannot be read", async () => {
		await writeFile(join(state, "endpoints.json"), "{");
		const one = fakeContract();
		expect((await held(one)).connected).toBeUndefined();
		expect(one.notes[0]).toContain("cannot be read");
		state = join(state, "endpoints.json");
		await expect(held(fakeContract())).rejects.toMatchObject({ code: "ENOTDIR" });
	});
});
