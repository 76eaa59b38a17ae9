import { execFileSync } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { addCommit, addRun, beginRun, endRun } from "../../rehearsal/github/seed.ts";
import { runCres } from "../support/run-cres.ts";
import { documentedFields } from "../support/documented-json.ts";
import { REPOSITORY, TOKEN, githubForTest } from "../support/github.ts";
import { serve } from "../support/loopback-server.ts";

/** Each command is a process that reads every source. */
const SLOW = 90_000;
const documented = await documentedFields();

/** A working tree with one commit, which GitHub has too, and a cres.yaml that names the double. */
async function project({ token = TOKEN }: { token?: string } = {}) {
	const github = await githubForTest();
	const directory = await realpath(await mkdtemp(join(tmpdir(), "cres-ci-")));
	onTestFinished(() => rm(directory, { recursive: true, force: true }));
	const registry = await serve(() => ({ status: 404 }));
	const yaml = `project: video
image: { repository: owner/worker }
registry: { push: { address: "${registry.host}", tls: false } }
temporal: { address: "127.0.0.1:1" }
store: { endpoint: "127.0.0.1:1" }
github: { api: "${github.url}", repository: ${REPOSITORY} }
instances:
  cpu-1: { driver: docker, host: 127.0.0.1, port: 1, key: ./id, roles: [cpu] }
`;
	await writeFile(join(directory, "cres.yaml"), yaml);
	await writeFile(join(directory, ".env"), token === "" ? "" : `GITHUB_TOKEN=${token}\n`, { mode: 0o600 });
	const git = (...args: string[]) =>
		execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], {
			cwd: directory,
			encoding: "utf8",
		});
	git("init", "-q");
	git("commit", "-q", "--allow-empty", "-m", "a commit");
	const sha = addCommit(github.world, github.repository, { sha: git("rev-parse", "HEAD").trim() });
	const cres = async (...args: string[]) => {
		const ran = await runCres(directory, ...args);
		expect(ran.stdout + ran.stderr).not.toContain("sentinel");
		const hide = (text: string) =>
			text
				.replaceAll(sha.slice(0, 12), "SHA12")
				.replaceAll(/\d+ ms|\d+\.\d s/g, "N s")
				.replaceAll(/(runs|job)\/\d+/g, "$1/N");
		return { ...ran, stdout: ran.stdout, shown: hide(ran.stdout), said: hide(ran.stderr) };
	};
	return { github, directory, sha, cres, asked: registry.asked };
}

const begun = async () => {
	const all = await project();
	const { world, repository } = all.github;
	return { ...all, world, run: addRun(world, repository, { sha: all.sha }) };
};

describe("cres ci status", () => {
	it(
		"shows the run of HEAD, what failed and where, within 80 columns",
		async () => {
			const { world, run, cres } = await begun();
			endRun(world, run, "failure", "cres smoke");
			const { code, shown } = await cres("ci", "status");
			expect(code).toBe(3);
			expect(shown.split("\n").every((line) => line.length <= 80)).toBe(true);
			expect(shown).toMatchInlineSnapshot(`
				"run 1 of images.yml for commit SHA12 (push, main): failure after N s
				  https://github.example/acme/worker/actions/runs/N
				JOB    STEP               RESULT   TIME
				build                     failure  N s
				       checkout           success  N s
				       cres build --push  success  N s
				       cres smoke         failure  N s
				       cres ci record     skipped  N s
				✖ build: cres smoke (failure)
				  → https://github.example/acme/worker/actions/runs/N/job/N#step:3:1
				"
			`);
		},
		SLOW,
	);

	it(
		"under --json has the fields that the guide documents, and needs a token",
		async () => {
			const { world, run, cres, sha, directory } = await begun();
			beginRun(world, run);
			const { code, stdout } = await cres("ci", "status", sha.slice(0, 8), "--json");
			const seen = JSON.parse(stdout);
			expect(Object.keys(seen).toSorted()).toEqual(documented.get("ci status")?.toSorted());
			expect([code, seen]).toMatchObject([75, { commit: sha, verdict: "running", images: [] }]);
			await rm(join(directory, ".env"));
			expect(await cres("ci", "status")).toMatchObject({ code: 2, said: expect.stringContaining("GITHUB_TOKEN=…") });
		},
		SLOW,
	);
});

describe("cres deploy --commit", () => {
	it(
		"refuses a failed run with its step and its page",
		async () => {
			const { world, run, cres } = await begun();
			endRun(world, run, "failure", "cres smoke");
			const { code, said } = await cres("deploy", "cpu-1", "--commit", run.sha.slice(0, 10));
			expect(code).toBe(1);
			expect(said).toMatchInlineSnapshot(`
			"✖ run 1 of images.yml for commit SHA12 ended as failure: step "cres smoke" of job "build" (failure)
			  → https://github.example/acme/worker/actions/runs/N/job/N#step:3:1
			  code: ci_failed
			"
		`);
		},
		SLOW,
	);
});

describe("cres deploy --commit of a run that succeeded", () => {
	it(
		"asks the registry for what the run recorded, and names it when it is not there",
		async () => {
			const { world, run, cres, github, directory, asked } = await begun();
			const digest = `sha256:${"1".repeat(64)}`;
			const url = `https://github.example/${REPOSITORY}/actions/runs/${run.id}`;
			await github
				.client()
				.addStatus(run.sha, { state: "success", context: "cres/image/cpu", description: digest, url });
			endRun(world, run, "success");
			await writeFile(join(directory, "id"), "");
			const { code, said } = await cres("deploy", "cpu-1", "--commit", run.sha.slice(0, 10));
			expect([code, said]).toEqual([1, expect.stringContaining(digest)]);
			expect(asked.map(({ path }) => path)).toContain(`/v2/owner/worker/manifests/${digest}`);
		},
		SLOW,
	);
});

describe("cres ci issue", () => {
	it(
		"reports a file, and closes the issue when the file is empty, not when it is gone",
		async () => {
			const { directory, cres, github } = await project();
			const file = join(directory, "drift.md");
			await writeFile(file, `cpu-1 runs another image\n${TOKEN}\n`);
			const args = ["ci", "issue", "--title", "Drift of the instances", "--file", file];
			const { stdout } = await cres(...args, "--dry-run", "--json");
			expect(Object.keys(JSON.parse(stdout)).toSorted()).toEqual(documented.get("ci issue")?.toSorted());
			expect((await cres(...args)).stdout).toBe(
				'issue #1 "Drift of the instances": created\n  https://github.example/acme/worker/issues/1\n',
			);
			expect(github.repository.issues[0]?.body).toContain("cpu-1 runs another image\n[redacted");
			await rm(file);
			expect(await cres(...args)).toMatchObject({ code: 2, said: expect.stringContaining("code: input_missing") });
			expect(github.repository.issues[0]?.state).toBe("open");
			await writeFile(file, "");
			expect(JSON.parse((await cres(...args, "--json")).stdout)).toMatchObject({
				action: "closed",
				number: 1,
				dryRun: false,
			});
		},
		SLOW,
	);
});
