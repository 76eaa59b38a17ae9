import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { proposeChange, renderPullRequest } from "../../src/github/pull-request.ts";
import { githubAccess, githubRequests } from "../../src/github/requests.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { documentedFields } from "../support/documented-json.ts";
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

const propose = async ({ url }: GithubRepository, more = {}) =>
	proposeChange(await githubRequests(token, url, signal), {
		...{ repository: "me/app", branch: "cres/lock", title: "Refresh the lock", root, paths: ["lock.json"] },
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

	it.each([
		["a repository that is not there", { repository: "me/other" }, "github_not_found"],
		["a file that is not there", { paths: [PATH] }, "change_unreadable"],
	])("refuses %s", async (_, more, code) => {
		await using github = await githubRepository({});
		expect(await refusal(propose(github, more))).toMatchObject({ code });
	});

	it("says when something else answers", async () => {
		const request = async () => ({ hello: "world" });
		const change = { repository: "me/app", branch: "b", title: "t", root, paths: ["lock.json"] };
		expect(await refusal(proposeChange(request, change))).toMatchObject({ code: "github_unreachable" });
	});

	it("says when GitHub does not answer", async () => {
		const request = await githubRequests(token, "http://127.0.0.1:1", signal);
		expect(await refusal(request("GET /"))).toMatchObject({ code: "github_unreachable" });
	});

	it.each([
		["GITHUB_TOKEN", { GITHUB_REPOSITORY: "me/app", GITHUB_API_URL: "https://api.github.com" }, undefined],
		["GITHUB_REPOSITORY", { GITHUB_REPOSITORY: "https://github.com/me/app" }, token],
		["GITHUB_API_URL", { GITHUB_REPOSITORY: "me/app", GITHUB_API_URL: "http://github.example.com" }, token],
	])("asks for a good %s", async (name, values: Record<string, string>, secret) => {
		const access = async () => githubAccess({ secret: () => secret, value: (of) => values[of] });
		expect(await refusal(access())).toMatchObject({ code: "github_unset", message: expect.stringContaining(name) });
	});
});
