import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { succeed } from "../support/deployable.ts";
import { makeVastDeployable, type VastDeployable } from "../support/vast-deployable.ts";

const perimeter = inject("perimeter");
const NAME = "vast-replaced";
const LABEL = `cres/test-${NAME}/${NAME}`;

let project: VastDeployable;
/** Numbers of the contracts that are the instance's, or were rented for it. */
const ours = async () =>
	(await project.control.contracts()).filter(({ label }) => label?.startsWith(LABEL)).map(({ id }) => id);
const configured = async () =>
	Number(/id: (\d+)/.exec(await readFile(join(project.directory, "cres.yaml"), "utf8"))![1]);

beforeAll(async () => {
	project = await makeVastDeployable(perimeter, NAME);
	await succeed(project.cres("deploy", NAME));
});
afterAll(async () => {
	const [contract = project.contract] = await ours();
	await project.remove(contract);
});

describe("deploy --replace", () => {
	it("changes nothing where nothing is offered", async () => {
		const { exitCode, stderr } = await project.cres("deploy", NAME, "--replace");
		expect({ exitCode, stderr }).toMatchObject({ exitCode: 75 });
		expect(stderr).toContain("code: no_capacity");
		expect(await ours()).toEqual([project.contract]);
	});

	it("says what it would rent and what it would destroy", async () => {
		await project.control.offer({ gpus: 1, diskGb: 80, dph: 0.3 });
		const text = await succeed(project.cres("deploy", NAME, "--replace", "--dry-run"));
		expect(text).toContain(String(project.contract));
		expect(await ours()).toEqual([project.contract]);
	});

	it("leaves the old contract when the new one comes to nothing, and rents none twice", async () => {
		await project.control.set({ name: "crash-loop" });
		const { exitCode } = await project.cres("deploy", NAME, "--replace");
		await project.control.clear();
		expect(exitCode).toBe(4);
		expect(await ours()).toEqual([project.contract]);
		expect((await project.status()).verdict).toBe("ok");
	});

	it("rents, verifies, takes over and destroys the old one", async () => {
		await project.control.offer({ gpus: 1, diskGb: 80, dph: 0.3 });
		const text = await succeed(project.cres("deploy", NAME, "--replace"));
		const [contract, ...others] = await ours();
		expect(others).toEqual([]);
		expect(contract).not.toBe(project.contract);
		expect(await configured()).toBe(contract);
		expect(text).toContain(`polls queue-${NAME}@cpu (workflow)`);
		expect((await project.status()).verdict).toBe("ok");
		expect(await succeed(project.cres("deploy", NAME))).toContain("nothing to do");
	});
});
