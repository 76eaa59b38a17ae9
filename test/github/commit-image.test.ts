import { describe, expect, it } from "vitest";
import { addCommit, addRun, beginRun, endRun, rerun, type RunSeed } from "../../rehearsal/github/seed.ts";
import type { RunState } from "../../rehearsal/github/state.ts";
import { imageOfCommit } from "../../src/github/commit-image.ts";
import { counts, statusContext } from "../../src/github/commit-run.ts";
import type { Shell } from "../../src/system/shell.ts";
import { TOKEN, githubForTest, type TestGitHub } from "../support/github.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
/** No working tree: commits are known to GitHub only. */
const noGit: Shell = { run: async () => ({ exitCode: 128, stdout: "", stderr: "" }) } as never;

/** Asks for the image; `during` happens when the client has waited so often. */
async function ask(
	github: TestGitHub,
	sha: string,
	{ flavour = "cpu", waitMs = 0, during = [] as (() => void)[] } = {},
) {
	const clock = virtualClock(Date.now());
	const said: string[] = [];
	const waits: number[] = [];
	const sleep = async (ms: number, signal?: AbortSignal) => {
		waits.push(ms);
		during[waits.length - 1]?.();
		return clock.sleep(ms, signal);
	};
	const step = async (title: string, work: (report: (text: string) => void) => Promise<unknown>) => {
		said.push(title);
		return work((text) => void said.push(text));
	};
	const ports = {
		...{ github: github.client(), shell: noGit, root: "/nowhere", signal: new AbortController().signal },
		...{ clock: { ...clock, sleep }, progress: { step, note: (text: string) => void said.push(text) } as never },
	};
	const wanted = { sha, workflow: "images.yml", flavour, waitMs };
	const found = await imageOfCommit(ports, wanted).catch((error: { code: string; message: string; hint: string }) => {
		const { code, message, hint } = error;
		return { code, message, hint };
	});
	expect(JSON.stringify({ found, said })).not.toContain(TOKEN);
	return { found, said, waits };
}

/** A commit with a run of its own. */
async function built(seed: Partial<RunSeed> = {}) {
	const github = await githubForTest();
	const sha = addCommit(github.world, github.repository);
	const run = addRun(github.world, github.repository, { sha, ...seed });
	const record = (of: RunState, digit: string, flavour = "cpu") =>
		github.client().addStatus(sha, {
			...{ state: "success", context: statusContext(flavour), description: digest(digit) },
			url: `https://github.example/acme/worker/actions/runs/${of.id}`,
		});
	const end = (...of: Parameters<typeof endRun> extends [unknown, ...infer Rest] ? Rest : never) =>
		endRun(github.world, ...of);
	return { github, sha, run, record, end };
}

describe("the image of a commit", () => {
	it("is what its successful run has recorded, for each flavour", async () => {
		const { github, sha, run, record, end } = await built();
		await record(run, "1");
		await record(run, "2", "cuda");
		await record(run, "3");
		end(run, "success");
		expect((await ask(github, sha.slice(0, 8))).found).toBe(digest("3"));
		expect((await ask(github, sha, { flavour: "cuda" })).found).toBe(digest("2"));
	});

	it("is waited for, ever less often, and where the run is is told", async () => {
		const { github, sha, run, record, end } = await built();
		await record(run, "1");
		const during = [
			() => beginRun(github.world, run),
			() => {},
			() => github.world.faults.set("html-body"),
			() => end(run, "success"),
		];
		const { found, said, waits } = await ask(github, sha, { waitMs: 60_000, during });
		expect([found, waits]).toEqual([digest("1"), [3_000, 4_500, 6_750, 10_125]]);
		expect(said.map((line) => line.replace(/, for .*/, ""))).toEqual([
			`wait for run 1 of images.yml: https://github.example/acme/worker/actions/runs/${run.id}`,
			"queued",
			"build: checkout",
			"build: checkout",
			"build: checkout",
		]);
	});

	it("is not waited for longer than --wait", async () => {
		const { github, sha, run } = await built();
		beginRun(github.world, run);
		const { found, waits } = await ask(github, sha, { waitMs: 5_000 });
		expect(found).toMatchObject({
			code: "ci_running",
			message: expect.stringContaining("has not ended: build: checkout"),
		});
		expect(waits).toEqual([3_000, 2_000]);
	});

	it.each(["failure", "cancelled", "timed_out"] as const)(
		"is refused after a run that ended as %s",
		async (conclusion) => {
			const { github, sha, run, record, end } = await built();
			await record(run, "1");
			end(run, conclusion, "cres smoke");
			const page = `https://github.example/acme/worker/actions/runs/${run.id}/job/${run.jobs[0]!.id}#step:3:1`;
			expect((await ask(github, sha)).found).toEqual({
				code: "ci_failed",
				message: `run 1 of images.yml for commit ${sha.slice(0, 12)} ended as ${conclusion}: step "cres smoke" of job "build" (${conclusion})`,
				hint: page,
			});
		},
	);

	it("is judged by the latest attempt", async () => {
		const { github, sha, run, record, end } = await built();
		await record(run, "1");
		end(run, "success");
		rerun(github.world, run);
		end(run, "failure", "checkout");
		expect((await ask(github, sha)).found).toMatchObject({
			code: "ci_failed",
			message: expect.stringContaining("run 1, attempt 2,"),
		});
		rerun(github.world, run);
		end(run, "success");
		expect((await ask(github, sha)).found).toBe(digest("1"));
	});

	it("is judged by the newest run of the workflow", async () => {
		const { github, sha, run, record, end } = await built();
		await record(run, "1");
		end(run, "success");
		const later = addRun(github.world, github.repository, { sha, event: "workflow_dispatch" });
		end(later, "success");
		expect((await ask(github, sha)).found).toMatchObject({ code: "ci_no_digest" }); // what an earlier run wrote is not smoked by it
		await record(later, "2");
		expect((await ask(github, sha)).found).toBe(digest("2"));
	});

	it.each<[string, Partial<RunSeed>]>([
		["a pull request", { event: "pull_request" }],
		["a pull request of a fork", { event: "pull_request", from: "mallory/worker" }],
		["a fork", { event: "push", from: "mallory/worker" }],
		["the target of a pull request", { event: "pull_request_target" }],
		["another workflow", { workflow: "tests.yml" }],
	])("is not taken from a run of %s", async (_case, seed) => {
		const { github, sha, run, record, end } = await built(seed);
		await record(run, "1");
		end(run, "success");
		const { found } = await ask(github, sha);
		expect(found).toEqual({
			code: "ci_no_run",
			message: `acme/worker has no run of images.yml for commit ${sha.slice(0, 12)}`,
			hint: `git push, or gh workflow run images.yml; then cres ci status ${sha.slice(0, 12)}`,
		});
	});

	it("is missing where the run recorded none, or another flavour only", async () => {
		const { github, sha, run, record, end } = await built();
		end(run, "success");
		expect((await ask(github, sha)).found).toMatchObject({
			code: "ci_no_digest",
			message: expect.stringContaining("recorded no image"),
		});
		await record(run, "1", "cuda");
		expect((await ask(github, sha)).found).toMatchObject({
			code: "ci_no_digest",
			message: expect.stringContaining("recorded cuda only"),
		});
	});

	it("of a commit that a branch has lost is taken, and that is said", async () => {
		const { github, sha, run, record, end } = await built();
		await record(run, "1");
		end(run, "success");
		expect((await ask(github, sha)).said).toEqual([]);
		github.repository.branches["main"] = "";
		addCommit(github.world, github.repository);
		const { found, said } = await ask(github, sha);
		expect(found).toBe(digest("1"));
		expect(said).toEqual([
			`commit ${sha.slice(0, 12)} is no longer on main: it was force-pushed away, or the branch is gone`,
		]);
	});

	it("needs a commit that is there, and one only", async () => {
		const { github, sha } = await built();
		addCommit(github.world, github.repository, { sha: `${sha.slice(0, 10)}${"0".repeat(30)}` });
		expect((await ask(github, "main")).found).toMatchObject({
			code: "commit_unknown",
			message: "main is no SHA: give 4 to 40 hex digits, or HEAD",
		});
		expect((await ask(github, "0".repeat(40))).found).toMatchObject({
			code: "commit_unknown",
			message: `${"0".repeat(40)} is not on acme/worker`,
		});
		expect((await ask(github, sha.slice(0, 10))).found).toMatchObject({
			code: "commit_unknown",
			message: `${sha.slice(0, 10)} is no commit of acme/worker, or of several`,
		});
	});
});

it("a run of a fork that is gone does not count", () => {
	expect(counts({ event: "push", from: null }, "acme/worker")).toBe(false);
	expect(counts({ event: "push", from: "Acme/Worker" }, "acme/worker")).toBe(true);
});
