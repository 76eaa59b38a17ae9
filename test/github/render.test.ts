import { expect, it } from "vitest";
import { addCommit, addRun, beginRun, endRun } from "../../rehearsal/github/seed.ts";
import { commitOf } from "../../src/github/commit.ts";
import { lookAtCommit, statusContext } from "../../src/github/commit-run.ts";
import { renderCommitRun } from "../../src/github/render.ts";
import { repositoryOn } from "../../src/github/repository.ts";
import { githubForTest } from "../support/github.ts";

/** What is shown, with the numbers and times that differ from run to run left out. */
async function shown(change: (of: Awaited<ReturnType<typeof begun>>) => unknown, columns = 80): Promise<string> {
	const all = await begun();
	await change(all);
	const seen = await lookAtCommit(all.github.client(), "images.yml", all.sha);
	return renderCommitRun(seen, Date.parse(all.run.startedAt) + 184_000, columns)
		.replaceAll(all.sha.slice(0, 12), "SHA12")
		.replaceAll(/(runs|job)\/\d+/g, "$1/N")
		.replaceAll(/\d+ ms|\d+\.\d s/g, "N s");
}

async function begun() {
	const github = await githubForTest();
	const { world, repository } = github;
	const sha = addCommit(world, repository);
	const run = addRun(world, repository, { sha, steps: ["checkout", "cres smoke"] });
	const url = `https://github.example/acme/worker/actions/runs/${run.id}`;
	return { github, world, repository, sha, run, url };
}

it("a run that goes on says where it is", async () => {
	expect(await shown(({ world, run }) => beginRun(world, run))).toMatchInlineSnapshot(`
		"run 1 of images.yml for commit SHA12 (push, main): running, build:
		checkout, for 3 min 4 s
		  https://github.example/acme/worker/actions/runs/N
		JOB    STEP        RESULT       TIME
		build              in_progress  -
		       checkout    in_progress  -
		       cres smoke  queued       -"
	`);
});

it("a run that succeeded names its images, and the next command", async () => {
	const text = await shown(async ({ world, run, github, sha, url }) => {
		const description = `sha256:${"1".repeat(64)}`;
		await github.client().addStatus(sha, { state: "success", context: statusContext("cpu"), description, url });
		endRun(world, run, "success");
	});
	expect(text).toMatchInlineSnapshot(`
		"run 1 of images.yml for commit SHA12 (push, main): success after N s
		  https://github.example/acme/worker/actions/runs/N
		JOB    STEP        RESULT   TIME
		build              success  N s
		       checkout    success  N s
		       cres smoke  success  N s
		image cpu: sha256:1111111111111111111111111111111111111111111111111111111111111111
		  → cres deploy INSTANCE --commit SHA12"
	`);
});

it("a run that recorded nothing, and a commit without a run, say what to do", async () => {
	expect(await shown(({ world, run }) => endRun(world, run, "success"))).toContain(
		"no image was recorded: cres ci record",
	);
	expect(await shown(({ repository }) => void (repository.runs.length = 0))).toMatchInlineSnapshot(`
		"✖ acme/worker has no run of images.yml for commit SHA12
		  → git push, or gh workflow run images.yml; then cres ci status SHA12"
	`);
});

it("a wide screen has the page of each job", async () => {
	const text = await shown(({ world, run }) => endRun(world, run, "failure", "cres smoke"), 160);
	expect(text).toContain("https://github.example/acme/worker/actions/runs/N/job/N\n");
});

it("commits of the working tree that begin alike are told apart", async () => {
	const { github, sha } = await begun();
	const answers: Record<string, string> = {
		"rev-parse --disambiguate=abcd": `${"abcd".repeat(10)}\nabcd${"0".repeat(36)}\nabcd${"1".repeat(36)}\n`,
		[`cat-file -t abcd${"0".repeat(36)}`]: "blob\n",
		[`rev-parse --disambiguate=${sha.slice(0, 4)}`]: `${sha}\n`,
		"rev-parse --verify --quiet HEAD": `${sha}\n`,
	};
	const run = async (_: string, args: string[]) => ({
		exitCode: 0,
		stderr: "",
		stdout: answers[args.join(" ")] ?? "commit\n",
	});
	const ports = { github: github.client(), shell: { run } as never, root: "/", signal: new AbortController().signal };
	await expect(commitOf(ports, "abcd")).rejects.toMatchObject({
		code: "commit_ambiguous",
		message: "2 commits begin with abcd",
		hint: `give more digits: ${"abcd".repeat(10)}, abcd${"1".repeat(36)}`,
	});
	expect(await commitOf(ports, sha.slice(0, 4).toUpperCase())).toBe(sha);
	expect(await commitOf(ports, undefined)).toBe(sha);
	expect(await commitOf(ports, "HEAD")).toBe(sha);
	github.repository.commits.length = 0;
	await expect(commitOf(ports, undefined)).rejects.toMatchObject({ code: "commit_unknown" });
});

it.each<[string, string | undefined, (string | undefined)[], string]>([
	["https://api.github.com", undefined, ["https://github.com/Acme/App.git", "https://github.com/o/i"], "Acme/App"],
	["https://api.github.com", undefined, [undefined, "https://github.com/o/image"], "o/image"],
	[
		"https://git.example.com/api/v3",
		undefined,
		["https://github.com/o/a", "https://git.example.com/acme/app"],
		"acme/app",
	],
	["https://api.github.com", "own/name", ["https://github.com/o/a"], "own/name"],
])("at %s with %s and %j the repository is %s", (api, configured, pages, expected) => {
	expect(repositoryOn({ api, configured, pages })).toBe(expected);
});

it("a page on another host names no repository", () => {
	const hints = {
		api: "https://api.github.com",
		configured: undefined,
		pages: ["https://gitlab.com/acme/app", undefined],
	};
	expect(() => repositoryOn(hints)).toThrow("no repository on github.com is known");
});
