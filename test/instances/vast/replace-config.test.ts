import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { slowChange } from "../../support/config-change.ts";
import { BUILD, NAME, makeContractWorld, type ContractWorld } from "../../support/contract-world.ts";

let world: ContractWorld;
beforeEach(async () => {
	world = await makeContractWorld();
	await world.runs(BUILD.first);
	world.sim.offers.add();
});
afterEach(() => world.close());

const yaml = () => readFile(join(world.root, "cres.yaml"), "utf8");
const named = async () => ((await world.config()).instances[NAME] as { id: number }).id;

/** Another process changes cres.yaml while the step does, or while it goes back because of Ctrl-C after the step. */
async function replaceBeside(step: string, stop?: AbortController) {
	let theirs: Promise<void> | undefined;
	const change = async () =>
		void (theirs = (await slowChange(join(world.root, "cres.yaml"), (now) => `# theirs\n${now}`)).written);
	const progress = {
		async step<T>(title: string, perform: (report: (text: string) => void) => Promise<T>): Promise<T> {
			const isIt = title.startsWith(step);
			if (isIt && !stop) await change();
			const value = await perform(() => {});
			if (isIt && stop) {
				await change();
				stop.abort(new UserError("interrupted", "Ctrl-C"));
			}
			return value;
		},
		note: (text: string) => void world.notes.push(text),
	};
	const signal = stop?.signal ?? new AbortController().signal;
	const rolled = await world.deploy(BUILD.second, { progress, signal, replace: true }).catch((error: unknown) => error);
	await theirs;
	return rolled;
}

describe("what another process writes into cres.yaml", () => {
	it("is kept when another contract is named in it", async () => {
		expect(await replaceBeside("name the new")).toMatchObject({ outcome: "live" });
		expect(await yaml()).toMatch(/^# theirs\n/);
		expect(await named()).not.toBe(world.id);
	});

	it("is kept when the contract of before is named in it again", async () => {
		const stopped = replaceBeside("name the new", new AbortController());
		expect(await stopped).toMatchObject({ code: "interrupted" });
		expect(await yaml()).toMatch(/^# theirs\n/);
		expect(await named()).toBe(world.id);
	});
});
