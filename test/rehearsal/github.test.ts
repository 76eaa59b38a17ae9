import { afterEach, expect, it } from "vitest";
import { addCommit, addRun, repositoryNamed } from "../../rehearsal/github/seed.ts";
import { EVERYTHING, startGitHub, type GitHubDouble } from "../../rehearsal/github/start.ts";
import { replyChecker } from "../support/github-replies.ts";

const check = await replyChecker();
const started: GitHubDouble[] = [];
afterEach(() => Promise.all(started.splice(0).map((one) => one.close())));

const start = async (options: Partial<Parameters<typeof startGitHub>[0]> = {}) => {
	const double = await startGitHub({ tokens: { secret: EVERYTHING }, ...options });
	started.push(double);
	return double;
};

it("the check of answers finds what GitHub does not describe so", () => {
	const route = "GET /users/{username}";
	expect(check({ route, status: 200, body: { login: "acme" } })).toContain(`200 ${route}`);
	expect(check({ route, status: 404, body: { message: "Not Found" } })).toBeUndefined();
	expect(() => check({ route: "GET /nothing", status: 200, body: {} })).toThrow("GitHub describes no GET /nothing");
});

it("the double refuses whom it does not know, and paths that it does not have", async () => {
	const { url } = await start();
	const ask = async (path: string, token?: string) =>
		(await fetch(url + path, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } })).status;
	expect([await ask("/"), await ask("/", "other"), await ask("/", "secret"), await ask("/nothing", "secret")]).toEqual([
		401, 401, 200, 404,
	]);
});

it("the double answers a body that is no JSON as GitHub does", async () => {
	const { url } = await start();
	const headers = { authorization: "Bearer secret", "content-type": "application/json" };
	const answer = await fetch(`${url}/repos/acme/worker/issues`, { method: "POST", headers, body: "{" });
	expect(answer.status).toBe(400);
	expect(await answer.json()).toMatchObject({ message: "Problems parsing JSON", status: "400" });
});

it("the double goes on from what it held", async () => {
	const first = await start();
	const repository = repositoryNamed(first.world, "acme/worker");
	addRun(first.world, repository, { sha: addCommit(first.world, repository) });
	const second = await start({ kept: JSON.parse(JSON.stringify(first.snapshot())) });
	expect(second.snapshot()).toEqual(first.snapshot());
	expect(second.world.nextId()).toBe(first.world.nextId());
});
