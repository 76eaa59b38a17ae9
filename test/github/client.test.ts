import { describe, expect, it } from "vitest";
import { FAULTS, type FaultName } from "../../rehearsal/github/faults.ts";
import { addCommit, addIssue, addRun, endRun } from "../../rehearsal/github/seed.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { freePort } from "../support/free-ports.ts";
import { TOKEN, githubForTest, REPOSITORY } from "../support/github.ts";

const codeOf = (asked: Promise<unknown>): Promise<string | undefined> =>
	asked.then(
		() => undefined,
		(error: { code: string; message: string; hint?: string }) => {
			expect(`${error.message} ${error.hint}`).not.toContain(TOKEN);
			return error.code;
		},
	);

describe("the client of GitHub", () => {
	it("reads commits, runs, jobs and statuses as GitHub describes them", async () => {
		const github = await githubForTest();
		const { world, repository } = github;
		const sha = addCommit(world, repository);
		const run = addRun(world, repository, { sha });
		endRun(world, run, "failure", "cres smoke");
		const client = github.client();
		expect(await client.commit(sha.slice(0, 7))).toBe(sha);
		const [seen, ...others] = (await client.runs("images.yml", sha)) ?? [];
		expect([seen, others]).toMatchObject([
			{ id: run.id, number: 1, attempt: 1, event: "push", conclusion: "failure", from: REPOSITORY, branch: "main" },
			[],
		]);
		expect(await client.run(run.id)).toEqual(seen);
		const [job] = await client.jobs(run.id);
		expect(job!.steps.map(({ name, conclusion }) => `${name}: ${conclusion}`)).toEqual([
			"checkout: success",
			"cres build --push: success",
			"cres smoke: failure",
			"cres ci record: skipped",
		]);
		await client.addStatus(sha, { state: "success", context: "cres/image/cpu", description: "d", url: seen!.url });
		expect(await client.statuses(sha)).toEqual([
			{ context: "cres/image/cpu", state: "success", description: "d", url: seen!.url },
		]);
		expect(github.requests.every(({ authorized }) => authorized)).toBe(true);
	});

	it("has undefined for what is not there", async () => {
		const { client } = await githubForTest();
		expect(await client().commit("0123456789")).toBeUndefined();
		expect(await client().runs("other.yml", "0123456789")).toBeUndefined();
		expect(await codeOf(client().run(4711))).toBe("github_not_found");
		expect(await codeOf(client({ repository: "acme/nothing" }).statuses("1"))).toBe("github_not_found");
		expect(await client().holds("main", "0123456789")).toBe(false);
	});

	it("does not take a branch for the commit that it is called like", async () => {
		const { client, world, repository } = await githubForTest();
		addCommit(world, repository, { branch: "beefcafe" });
		expect(await client().commit("beefcafe")).toBeUndefined();
	});

	it("reads every page", async () => {
		const { client, world, repository, requests } = await githubForTest();
		for (let at = 1; at <= 205; at++)
			addIssue(world, repository, { title: `${at}`, labels: ["cres"], isPullRequest: at === 1 });
		addIssue(world, repository, { title: "without a label" });
		const issues = await client().issues("cres");
		expect(issues.map(({ title }) => Number(title))).toEqual(Array.from({ length: 204 }, (_, at) => 205 - at));
		expect(requests).toHaveLength(3);
	});

	it("asks again for what has not changed without a cost", async () => {
		const { client, world, repository, requests } = await githubForTest();
		const sha = addCommit(world, repository);
		const run = addRun(world, repository, { sha });
		const one = client();
		expect(await one.run(run.id)).toEqual(await one.run(run.id));
		const before = world.remaining;
		await one.run(run.id);
		expect([world.remaining, requests.map(({ status }) => status)]).toEqual([before, [200, 304, 304]]);
		endRun(world, run, "success");
		expect(await one.run(run.id)).toMatchObject({ conclusion: "success" });
	});

	it("follows a repository to its new name, and sends the token nowhere else", async () => {
		const { client, world, repository } = await githubForTest();
		repository.earlier.push("acme/before");
		const sha = addCommit(world, repository);
		expect(await client({ repository: "acme/before" }).commit(sha)).toBe(sha);
		world.faults.set("sent-elsewhere");
		expect(await codeOf(client().commit(sha))).toBe("unsafe_redirect");
	});

	it("ends with the signal, also while it waits for a limit", async () => {
		const { client, world } = await githubForTest();
		world.faults.set("secondary-limited", { times: null });
		const ended = new AbortController();
		const reason = new Error("the operator had enough");
		const notes: string[] = [];
		const note = (text: string) => {
			notes.push(text);
			setTimeout(() => ended.abort(reason), 50);
		};
		await expect(client({ signal: ended.signal, note }).statuses("1")).rejects.toBe(reason);
		expect(notes).toEqual(["GitHub's secondary rate limit is reached: going on in 1.0 s"]);
	});
});

describe("a fault of GitHub", () => {
	const survived: FaultName[] = ["server-error", "bad-gateway", "unavailable", "cut", "slow"];

	it.each(survived)("%s: is over at the next try", async (name) => {
		const { client, world, repository, requests } = await githubForTest();
		const sha = addCommit(world, repository);
		world.faults.set(name);
		expect(await client().commit(sha)).toBe(sha);
		expect(requests).toHaveLength(2);
	});

	it.each<[FaultName, string]>([
		["server-error", "github_unreachable"],
		["bad-gateway", "github_unreachable"],
		["cut", "github_unreachable"],
		["html-body", "github_unreachable"],
		["other-shape", "github_unreachable"],
		["bad-credentials", "github_token_invalid"],
		["forbidden", "github_forbidden"],
		["rate-limited-long", "github_rate_limited"],
	])("%s: is told when it lasts, as %s", async (name, code) => {
		const { client, world, repository } = await githubForTest();
		const sha = addCommit(world, repository);
		world.faults.set(name, { times: null });
		expect(await codeOf(client().commit(sha))).toBe(code);
	});

	it.each<[FaultName, string]>([
		["rate-limited", "GitHub's rate limit is reached: going on in"],
		["secondary-limited", "GitHub's secondary rate limit is reached: going on in 1.0 s"],
		["too-many", "GitHub's secondary rate limit is reached: going on in 1.0 s"],
	])("%s: is waited for, with a line that says so", async (name, said) => {
		const { client, world, repository, notes } = await githubForTest();
		const sha = addCommit(world, repository);
		world.faults.set(name);
		expect(await client().commit(sha)).toBe(sha);
		expect(notes).toEqual([expect.stringContaining(said)]);
	});

	it("names the permission that is missing", async () => {
		const { client, world, repository } = await githubForTest({ permissions: ["contents=read"] });
		const sha = addCommit(world, repository);
		await expect(client().runs("images.yml", sha)).rejects.toMatchObject({
			code: "github_forbidden",
			hint: "give it actions=read; in a workflow: permissions",
		});
	});

	it("that nothing listens is told at once, with why", async () => {
		const { client } = await githubForTest();
		const url = `http://127.0.0.1:${await freePort()}`;
		const started = performance.now();
		await expect(client({ url, retryMs: 5_000 }).commit("main")).rejects.toMatchObject({
			code: "github_unreachable",
			message: expect.stringContaining(`${url} does not answer: connect ECONNREFUSED`) as string,
		});
		expect(performance.now() - started).toBeLessThan(3_000);
	});

	it("never creates an issue twice, though the answer is lost", async () => {
		const { client, world, repository } = await githubForTest();
		world.faults.set("reply-lost-after");
		expect(await codeOf(client().createIssue({ title: "t", body: "b", labels: [] }))).toBe("github_unreachable");
		expect(repository.issues).toHaveLength(1);
	});

	it("has a test for each", () => {
		const elsewhere: FaultName[] = ["sent-elsewhere", "reply-lost-after"];
		const here = [...survived, "html-body", "other-shape", "bad-credentials", "forbidden", "rate-limited-long"];
		const waited = ["rate-limited", "secondary-limited", "too-many"];
		expect([...elsewhere, ...here, ...waited].toSorted()).toEqual(Object.keys(FAULTS).toSorted());
	});

	it("is no reason to send a token that nobody knows again", async () => {
		const { client, requests } = await githubForTest();
		expect(await codeOf(client({ token: new Secret("ghp_unknown") }).statuses("1"))).toBe("github_token_invalid");
		expect(requests).toHaveLength(1);
	});
});
