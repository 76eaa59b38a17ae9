import { expect, it } from "vitest";
import { addCommit, addRun, type RunSeed } from "../../rehearsal/github/seed.ts";
import { recordImage } from "../../src/github/record.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { digestOfBuild, fakeRegistry } from "../support/fake-registry.ts";
import { githubForTest } from "../support/github.ts";

const registry = fakeRegistry("127.0.0.1:5000", [
	{ buildId: "111111111111" },
	{ buildId: "222222222222", flavour: "cuda" },
]);
const config = { image: { repository: "acme/worker" }, github: { workflow: "images.yml" } };
const DIGEST = digestOfBuild("111111111111");

async function runOf(seed: Partial<RunSeed> = {}) {
	const github = await githubForTest();
	const sha = addCommit(github.world, github.repository);
	const run = addRun(github.world, github.repository, { sha, ...seed });
	const ports = { github: github.client(), registry: async () => registry, config };
	const record = (digest: Digest, dryRun = false) => recordImage(ports, { digest, run: run.id, dryRun });
	return { github, sha, run, record };
}

it("a digest is written down as a status of the commit that the run has built, once for each flavour", async () => {
	const { github, sha, run, record } = await runOf();
	const page = `https://github.example/acme/worker/actions/runs/${run.id}`;
	expect(await record(DIGEST, true)).toMatchObject({ dryRun: true });
	expect(github.repository.statuses).toEqual([]);
	expect(await record(DIGEST)).toEqual({
		...{ commit: sha, flavour: "cpu", digest: DIGEST, context: "cres/image/cpu", run: page, dryRun: false },
	});
	const cuda = (await registry.resolve("acme/worker", "b-222222222222"))!.digest;
	expect(await record(cuda)).toMatchObject({ flavour: "cuda", context: "cres/image/cuda" });
	expect(github.repository.statuses).toMatchObject([
		{ sha, state: "success", context: "cres/image/cpu", description: DIGEST, url: page },
		{ sha, state: "success", context: "cres/image/cuda", description: cuda, url: page },
	]);
});

it("a digest that the registry does not hold is not written down", async () => {
	const { github, record } = await runOf();
	await expect(record(`sha256:${"0".repeat(64)}` as Digest)).rejects.toMatchObject({ code: "image_missing" });
	expect(github.repository.statuses).toEqual([]);
});

it.each<[string, Partial<RunSeed>]>([
	["a pull request", { event: "pull_request" }],
	["a fork", { from: "mallory/worker" }],
	["another workflow", { workflow: "tests.yml" }],
])("a run of %s records nothing", async (_case, seed) => {
	const { github, record } = await runOf(seed);
	await expect(record(DIGEST)).rejects.toMatchObject({ code: "ci_foreign_run" });
	expect(github.repository.statuses).toEqual([]);
});
