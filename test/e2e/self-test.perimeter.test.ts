import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { SelfTest } from "../../src/self-test/run.ts";
import { sending } from "../support/cres.ts";
import { faultOf, makeDeployable, succeed, type Deployable } from "../support/deployable.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-self-test";

let project: Deployable;

beforeAll(async () => {
	project = await makeDeployable(perimeter, NAME);
});
afterAll(() => project.remove());

describe("cres self-test", () => {
	it("says that nothing runs before the first deploy", async () => {
		const fault = faultOf(await project.cres("self-test", NAME, "--json"));
		expect(fault).toMatchObject({ exitCode: 1, code: "nothing_runs" });
	});

	it("finds a cpu worker's programs, Temporal and the store in the running container", async () => {
		await succeed(project.cres("deploy", NAME));
		const test = JSON.parse(await succeed(project.cres("self-test", NAME, "--json"))) as SelfTest;
		expect(test).toMatchObject({ instance: NAME, role: "cpu", ok: true, pretended: false, changing: null });
		expect(test.checks.map(({ id }) => id)).toEqual(["node", "ffmpeg", "yt-dlp", "egress", "temporal", "store"]);
		expect(test.checks[0]!.observed).toMatch(/^v24\./);
	});

	it("prints a row a check and the verdict", async () => {
		const shown = await succeed(project.cres("self-test", NAME));
		expect(shown).toMatch(/^CHECK +RESULT +TIME +OBSERVED\n/);
		expect(shown).toMatch(/\nstore +ok /);
		expect(shown).toMatch(new RegExp(`✔ ${NAME} as cpu, build \\S+: 6 checks ok in `));
	});

	it("refuses a role that the instance has not", async () => {
		const fault = faultOf(await project.cres("self-test", NAME, "--role", "gpu", "--json"));
		expect(fault).toMatchObject({ exitCode: 2, code: "missing_role", hint: `cres self-test ${NAME} --role cpu` });
	});

	it("leaves no program behind after Ctrl-C", async () => {
		const { exitCode } = await project.start(["self-test", NAME], sending("SIGINT", "self-test of"));
		expect(exitCode).toBe(130);
		const { Id } = await project.only();
		const docker = new Docker({ socketPath: perimeter.instance.socket });
		const programs = async () => JSON.stringify(await docker.getContainer(Id).top());
		expect(await programs()).toContain("worker/main.js");
		await expect.poll(programs, { timeout: 5_000 }).not.toContain("self-test/main.js");
	});
});
