import { mkdir, mkdtemp, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { proposeChange, renderPullRequest } from "../../src/github/pull-request.ts";
import { createGitHub } from "../../src/github/client.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { documentedFields } from "../support/documented-json.ts";
import { callChecker } from "../support/github-replies.ts";
import { refusal } from "../support/refusal.ts";
import { githubRepository, type GithubRepository } from "./repository.ts";

const token = new Secret("ghs_sentinel-token");
const signal = new AbortController().signal;
const PATH = "images/cuda/lock.json";

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-change-"));
	await writeFile(join(root, "lock.json"), '{ "version": 2 }\n');
});

const propose = ({ url }: GithubRepository, more = {}, repository = "me/app") =>
	proposeChange(createGitHub({ url, repository, token, signal, retryMs: 1 }), {
		...{ branch: "cres/lock", title: "Refresh the lock", root, paths: ["lock.json"], dryRun: false },
		...more,
	});

describe("cres ci pull-request", () => {
	it("opens one, updates it, and leaves the other files and the default branch alone", async () => {
		await using github = await githubRepository({ "lock.json": '{ "version": 1 }\n', "README.md": "hello\n" });
		const opened = await propose(github);
		expect(opened).toMatchObject({ outcome: "opened", number: 7, changed: ["lock.json"] });
		expect(Object.keys(opened).toSorted()).toEqual((await documentedFields()).get("ci pull-request")?.toSorted());
		expect(renderPullRequest(opened)).toBe("opened #7: lock.json\nhttps://github.test/me/app/pull/7");
		expect(github.branches.get("cres/lock")).toEqual({ "lock.json": '{ "version": 2 }\n', "README.md": "hello\n" });
		await writeFile(join(root, "lock.json"), '{ "version": 3 }\n');
		expect(await propose(github)).toMatchObject({ outcome: "updated", number: 7 });
		expect(github.branches.get("cres/lock")!["lock.json"]).toBe('{ "version": 3 }\n');
		expect(github.branches.get("main")!["lock.json"]).toBe('{ "version": 1 }\n');
		expect(github.pulls.map(({ title, head }) => [title, head])).toEqual([["Refresh the lock", "cres/lock"]]);
	});

	it("asks only what GitHub's description of its API has, with bodies that it takes", async () => {
		await using github = await githubRepository({ "lock.json": '{ "version": 1 }\n' });
		for (const version of [2, 3]) {
			await writeFile(join(root, "lock.json"), `{ "version": ${version} }\n`);
			await propose(github);
		}
		const check = await callChecker();
		expect(github.calls.flatMap(({ method, path, body }) => check(method, path, body) ?? [])).toEqual([]);
		const written = github.calls.filter(({ method }) => method !== "GET").map(({ method }) => method);
		expect(new Set(written)).toEqual(new Set(["POST", "PATCH"]));
		expect(check("POST", "/repos/me/app/pulls", { title: "without a head" })).toContain("head");
		expect(check("POST", "/repos/me/app/nowhere", {})).toContain("GitHub describes no");
	});

	it("does nothing where the default branch has the same content", async () => {
		await using github = await githubRepository({ "lock.json": '{ "version": 2 }\n' });
		const found = await propose(github);
		expect(found).toEqual({ outcome: "unchanged", number: null, url: null, changed: [] });
		expect(renderPullRequest(found)).toBe("nothing to propose");
		expect([...github.branches.keys()]).toEqual(["main"]);
		expect(github.seen.every((call) => call.startsWith("GET "))).toBe(true);
	});

	it("proposes a file that is new, with the token in the header only", async () => {
		await using github = await githubRepository({});
		expect(await propose(github)).toMatchObject({ outcome: "opened" });
		for (const call of github.seen) expect(call).toMatch(/ token ghs_sentinel-token$/);
		expect(github.seen.join().split("ghs_sentinel-token")).toHaveLength(github.seen.length + 1);
	});

	it("only says with --dry-run what it would propose, and where", async () => {
		await using github = await githubRepository({ "lock.json": "{}\n" });
		const planned = await propose(github, { dryRun: true });
		expect(planned).toEqual({ outcome: "planned", number: null, url: null, changed: ["lock.json"] });
		expect(renderPullRequest(planned)).toBe("would propose lock.json");
		expect(github.seen.every((call) => call.startsWith("GET "))).toBe(true);
		await propose(github);
		const again = renderPullRequest(await propose(github, { dryRun: true }));
		expect(again).toBe("would propose lock.json in #7\nhttps://github.test/me/app/pull/7");
	});

	it("refuses the default branch as its own, and writes nothing", async () => {
		await using github = await githubRepository({ "lock.json": "{}\n" });
		expect(await refusal(propose(github, { branch: "main" }))).toMatchObject({ code: "branch_is_base" });
		expect(github.seen.every((call) => call.startsWith("GET "))).toBe(true);
	});

	it("refuses a repository that is not there", async () => {
		await using github = await githubRepository({});
		expect(await refusal(propose(github, {}, "me/other"))).toMatchObject({ code: "github_not_found" });
	});

	it("takes a program as a program, and a path however it is written", async () => {
		await using github = await githubRepository({});
		await mkdir(join(root, "bin"));
		await writeFile(join(root, "bin/start"), "#!/bin/sh\n", { mode: 0o755 });
		expect(await propose(github, { paths: ["./bin/../bin/start", "lock.json"] })).toMatchObject({
			changed: ["bin/start", "lock.json"],
		});
		expect(github.modes).toEqual({ "bin/start": "100755", "lock.json": "100644" });
	});

	it.each([
		["../outside.txt", /^\.\.\/outside\.txt is outside of the working tree$/],
		["link", /^link is outside of the working tree$/],
		[".", /^\. is outside of the working tree$/],
		["picture.png", /^picture\.png is not text in UTF-8$/],
	])("refuses %s, and asks GitHub nothing", async (path, message) => {
		await using github = await githubRepository({});
		const top = join(root, "tree");
		await mkdir(top);
		await writeFile(join(root, "outside.txt"), "mine\n");
		await symlink("../outside.txt", join(top, "link"));
		await writeFile(join(top, "picture.png"), Buffer.from([0x89, 0x50, 0xff, 0xfe]));
		expect(await refusal(propose(github, { root: top, paths: [path] }))).toMatchObject({
			code: "change_unreadable",
			message: expect.stringMatching(message) as string,
		});
		expect(github.seen).toEqual([]);
	});

	it.each(["a..b", "", "-x", "/a", "a/", "a b", "a~1", "a.lock", "x/.y", "@", "a@{b", "a\\b", "a//b"])(
		"refuses a branch that Git does not take: '%s'",
		async (branch) => {
			await using github = await githubRepository({});
			expect(await refusal(propose(github, { branch }))).toMatchObject({ code: "branch_invalid" });
			expect(github.seen).toEqual([]);
		},
	);

	it.each([" ", "x".repeat(257)])("refuses a title that GitHub does not take", async (title) => {
		await using github = await githubRepository({});
		expect(await refusal(propose(github, { title }))).toMatchObject({ code: "title_invalid" });
		expect(github.seen).toEqual([]);
	});

	it("refuses a file that is not there", async () => {
		await using github = await githubRepository({});
		expect(await refusal(propose(github, { paths: [PATH] }))).toMatchObject({ code: "change_unreadable" });
	});
});
