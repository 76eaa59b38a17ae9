import { describe, expect, it } from "vitest";
import { addIssue } from "../../rehearsal/github/seed.ts";
import { bodyOf, keepIssue, markerOf } from "../../src/github/issue.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { githubForTest, type TestGitHub } from "../support/github.ts";

const TITLE = "Drift";

const keep = (github: TestGitHub, text: string | undefined, dryRun = false) =>
	keepIssue(github.client(), { title: TITLE, text, markdown: true, dryRun });
const body = (text: string, markdown = true) => bodyOf({ title: TITLE, text, markdown });
const states = ({ repository }: TestGitHub) => repository.issues.map(({ number, state }) => `${number} ${state}`);

describe("the issue of a workflow", () => {
	it("is opened, updated, closed and reopened, and stays one", async () => {
		const github = await githubForTest();
		const actions: string[] = [];
		for (const text of [undefined, "one", "one", "two", "", " \n", "three"])
			actions.push((await keep(github, text)).action);
		expect(actions).toEqual(["unchanged", "created", "unchanged", "updated", "closed", "unchanged", "reopened"]);
		expect(github.repository.issues).toMatchObject([
			{ number: 1, state: "open", title: TITLE, body: body("three"), labels: ["cres"] },
		]);
	}, 30_000);

	it("is found again in a repository that had no such label", async () => {
		const github = await githubForTest();
		expect(github.repository.labels).toBeUndefined();
		expect([(await keep(github, "one")).action, (await keep(github, "two")).action]).toEqual(["created", "updated"]);
		expect(github.repository.labels).toEqual(["cres"]);
		expect(states(github)).toEqual(["1 open"]);
	});

	it("that gets no label is told, because the next run would open another one", async () => {
		const github = await githubForTest();
		const client = github.client();
		const createIssue = () => client.createIssue({ title: TITLE, body: "one", labels: [] });
		const kept = keepIssue({ ...client, createIssue }, { title: TITLE, text: "one", markdown: true, dryRun: false });
		await expect(kept).rejects.toMatchObject({
			...{ code: "github_refused", message: "GitHub has given issue #1 no label cres" },
			hint: expect.stringContaining("/issues/1"),
		});
	});

	it.each(["", " ", "two\nlines", "a \u001B[31mred", " before", "after ", "x".repeat(257)])(
		"has a title: with %j nothing is asked of GitHub",
		async (title) => {
			const github = await githubForTest();
			const kept = keepIssue(github.client(), { title, text: "one", markdown: true, dryRun: false });
			await expect(kept).rejects.toMatchObject({ code: "title_invalid", exit: "usage" });
			expect(github.requests).toEqual([]);
		},
	);

	it("is left as it is by a dry run, which says what would be", async () => {
		const github = await githubForTest();
		expect(await keep(github, "one", true)).toEqual({
			action: "created",
			title: TITLE,
			number: null,
			url: null,
			dryRun: true,
		});
		expect(github.repository.issues).toEqual([]);
		await keep(github, "one");
		expect(await keep(github, "two", true)).toMatchObject({ action: "updated", number: 1 });
		expect(await keep(github, undefined, true)).toMatchObject({ action: "closed", number: 1 });
		expect(github.repository.issues).toMatchObject([{ state: "open", body: body("one") }]);
	});

	it("is no issue of somebody else, nor one of another title", async () => {
		const github = await githubForTest();
		const { world, repository } = github;
		addIssue(world, repository, { title: TITLE, body: `mine\n${markerOf(TITLE)}` }); // whoever may not write gives no label
		addIssue(world, repository, { title: TITLE, body: "no marker", labels: ["cres"] });
		addIssue(world, repository, { title: "Drifting", body: markerOf("Drifting"), labels: ["cres"] });
		expect(await keep(github, undefined)).toMatchObject({ action: "unchanged", number: null });
		expect(await keep(github, "one")).toMatchObject({ action: "created", number: 4 });
		expect(states(github)).toEqual(["1 open", "2 open", "3 open", "4 open"]);
	});

	it("absorbs a second one that another run opened at the same time", async () => {
		const github = await githubForTest();
		const { world, repository } = github;
		for (const text of ["one", "two"])
			addIssue(world, repository, { title: TITLE, body: body(text), labels: ["cres"] });
		expect(await keep(github, "one")).toMatchObject({ action: "unchanged", number: 1 });
		expect(states(github)).toEqual(["1 open", "2 closed"]);
	});

	it("has no secret in it, and no more than GitHub takes", async () => {
		const github = await githubForTest();
		const secret = new Secret("sentinel-of-an-issue", { name: "X" });
		await keep(github, `before ${secret.reveal()} after ${"x".repeat(70_000)}`);
		const [issue] = github.repository.issues;
		expect(issue!.body).toMatch(
			/^before \[redacted[^\]]*\] after x+\n\n… cut here\n\n<!-- cres ci issue [0-9a-f]{12} -->\n$/,
		);
		expect(issue!.body!.length).toBeLessThan(65_536);
	});

	it("shows text that is no Markdown as it is: lines stay lines, and nobody is called by an @", () => {
		expect(body("a  b\n@types/node #1\n", false)).toBe(
			`\`\`\`text\na  b\n@types/node #1\n\`\`\`\n\n${markerOf(TITLE)}\n`,
		);
		expect(body("```\nout\n````\n", false)).toMatch(/^`{5}text\n```\nout\n````\n`{5}\n\n<!-- /);
		const rows = body("`".repeat(70_000), false);
		expect(rows.length).toBeLessThan(65_536);
		expect(rows).toMatch(/`\n\n… cut here\n\n<!-- cres ci issue /);
	});

	it("has no half of a character where it is cut", () => {
		expect(body(`${"x".repeat(63_999)}😀`)).toMatch(/x\uFFFD\n\n… cut here/);
	});
});
