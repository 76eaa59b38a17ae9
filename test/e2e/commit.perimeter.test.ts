import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { addCommit, addRun, beginRun, endRun, repositoryNamed } from "../../rehearsal/github/seed.ts";
import { EVERYTHING, startGitHub, type GitHubDouble } from "../../rehearsal/github/start.ts";
import type { RunState } from "../../rehearsal/github/state.ts";
import { statusContext } from "../../src/github/commit-run.ts";
import { lastBuild } from "../../src/state/last-build.ts";
import { environmentOf, sending, settingsFor } from "../support/cres.ts";
import { faultOf, makeDeployable, stateOf, succeed, type Deployable } from "../support/deployable.ts";
import { documentedFields } from "../support/documented-json.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-commit";
const TOKEN = "github_pat_sentinel0000000000000001";
const REPOSITORY = "acme/worker";

let github: GitHubDouble;
let project: Deployable;
let digest: string;
let sha: string;
let run: RunState;
beforeAll(async () => {
	github = await startGitHub({ tokens: { [TOKEN]: EVERYTHING } });
	const settings = { ...settingsFor(perimeter, NAME), github: { api: github.url, repository: REPOSITORY } };
	project = await makeDeployable(perimeter, NAME, settings, { ...environmentOf(perimeter), GITHUB_TOKEN: TOKEN });
	digest = (await lastBuild(stateOf(project.directory), "cpu"))!.digest;
});
beforeEach(() => {
	const repository = repositoryNamed(github.world, REPOSITORY);
	sha = addCommit(github.world, repository);
	run = addRun(github.world, repository, { sha });
	beginRun(github.world, run);
});
afterAll(async () => {
	await project.remove();
	await github.close();
});

describe("a commit", () => {
	it("is deployed when its run has ended, by the digest that the run recorded", async () => {
		const recorded = await succeed(project.cres("ci", "record", digest, "--run", String(run.id), "--json"));
		expect(JSON.parse(recorded)).toMatchObject({ commit: sha, digest });
		expect(Object.keys(JSON.parse(recorded) as object).toSorted()).toEqual(
			(await documentedFields()).get("ci record")?.toSorted(),
		);
		const act = () => {
			expect(commandLines()).not.toContain(TOKEN);
			endRun(github.world, run, "success");
		};
		const args = ["deploy", NAME, "--commit", sha.slice(0, 10), "--json"];
		const { exitCode, stdout, stderr } = await project.start(args, { text: "wait for run", act });
		expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { outcome: "live", digest }]);
		expect(stderr).toContain(`wait for run ${run.number} of images.yml`);
	}, 120_000);

	it("is not deployed on Ctrl-C while its run goes on", async () => {
		const before = await project.containers();
		const ran = await project.start(["deploy", NAME, "--commit", sha], sending("SIGINT", "wait for run"));
		expect(ran.exitCode).toBe(130);
		expect((await project.containers()).map(({ Id }) => Id)).toEqual(before.map(({ Id }) => Id));
		expect(await project.leftovers()).toEqual([]);
	});

	it("is not deployed when the registry does not hold what its run recorded", async () => {
		const missing = `sha256:${"0".repeat(64)}`;
		const url = `https://github.example/${REPOSITORY}/actions/runs/${run.id}`;
		const status = { state: "success", context: statusContext("cpu"), description: missing, url };
		repositoryNamed(github.world, REPOSITORY).statuses.push({ ...status, id: 1, sha, at: github.world.now() });
		endRun(github.world, run, "success");
		const fault = faultOf(await project.cres("deploy", NAME, "--commit", sha, "--json"));
		expect(fault).toMatchObject({ exitCode: 1, code: "image_missing" });
		expect(fault.message).toContain(missing);
	});

	it("is not deployed after a failed run, and stands in one way only", async () => {
		endRun(github.world, run, "failure", "cres smoke");
		const fault = faultOf(await project.cres("deploy", NAME, "--commit", sha, "--json"));
		expect(fault).toMatchObject({ exitCode: 1, code: "ci_failed" });
		expect(fault.message).toContain('step "cres smoke" of job "build" (failure)');
		expect(await project.cres("deploy", NAME, "--commit", sha, "--image", digest)).toMatchObject({ exitCode: 2 });
		expect(await project.cres("deploy", NAME, "--commit", sha, "--wait", "soon")).toMatchObject({ exitCode: 2 });
	});

	it("is deployed without the token in anything that was printed", () => {
		expect(project.printed.length).toBeGreaterThan(8);
		expect(project.printed.join("")).not.toContain(TOKEN);
	});
});

/** Of every process, as everybody on this machine sees them. */
const commandLines = (): string => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" });
