import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { repositoryNamed } from "../../rehearsal/github/seed.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { AT_GITHUB, type Hub } from "../support/actions/hub.ts";
import { hubOf } from "../support/actions/perimeter-hub.ts";

const perimeter = inject("perimeter");
const REPOSITORY = "cres/worker";
const { username, password, address } = perimeter.registry;
const registry = createRegistry({ address, tls: false }, { username, password: new Secret(password) });

let hub: Hub;
beforeAll(async () => {
	hub = await hubOf(perimeter, "e2e-workflows-cuda", REPOSITORY);
}, 60_000);
afterAll(() => hub[Symbol.asyncDispose]());

it("images.yml builds the flavour cuda with the packages of its lock file, tests it on the CPU, and promotes nothing", async () => {
	const canary = (await registry.resolve(REPOSITORY, "canary"))?.digest;
	const report = await hub.run("images", { wantsLeg: ({ flavour }) => flavour === "cuda" });
	const failed = report.steps.filter(({ conclusion }) => conclusion === "failure");
	expect(failed.map(({ title, output }) => `${title}\n${output}`)).toEqual([]);
	const outcomeOf = (command: string) => report.steps.find(({ title }) => title.includes(` ${command} `))!.outcome;
	expect(["build", "smoke", "attest sbom", "ci record", "promote"].map(outcomeOf)).toEqual([
		...["success", "success", "success", "success", "skipped"],
	]);
	const { cuda } = report.jobs["image"]!.outputs;
	expect(report.jobs["image"]).toEqual({ result: "success", outputs: { cuda } });
	expect(report.steps.find(({ title }) => title.includes(" smoke "))!.output).toMatch(/layout/);
	const { statuses } = repositoryNamed(hub.github.world, AT_GITHUB);
	expect(statuses).toMatchObject([{ context: "cres/image/cuda", description: cuda }]);
	expect((await registry.resolve(REPOSITORY, "canary"))?.digest).toBe(canary);
}, 2_400_000);
