import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringify } from "yaml";
import { repositoryNamed } from "../../rehearsal/github/seed.ts";
import { EVERYTHING, startGitHub, type GitHubDouble } from "../../rehearsal/github/start.ts";
import { projectWorkflow } from "../../src/config/workflows.ts";
import { starterPerimeter } from "../../src/perimeter/starter.ts";
import { AT_GITHUB } from "../support/actions/hub.ts";
import { checkoutOf, setupNode } from "../support/actions/local-actions.ts";
import { runWorkflow } from "../support/actions/run.ts";
import { readWorkflow } from "../support/actions/workflow.ts";
import { BIN } from "../support/built.ts";
import { ROOT } from "../support/sources.ts";

const TOKEN = "github-token-1";
const TITLE = "The tree has drifted";

let directory: string;
let github: GitHubDouble;
beforeAll(async () => {
	github = await startGitHub({ tokens: { [TOKEN]: EVERYTHING } });
	repositoryNamed(github.world, AT_GITHUB);
	directory = await realpath(await mkdtemp(join(tmpdir(), "cres-drift-")));
	await git("init", "--quiet");
	await commit({ "docs/Perimeter.md": starterPerimeter(), "cres.yaml": settings({}), ".gitignore": ".env\n.cres/\n" });
	// In place of npm: the built cres is what is installed.
	const npx = `#!/bin/sh\nshift 2\nexec "${process.execPath}" "${BIN}" "$@"\n`;
	await mkdir(at(".git/bin"));
	for (const [name, text] of Object.entries({ npm: "#!/bin/sh\n", npx }))
		await writeFile(at(`.git/bin/${name}`), text, { mode: 0o755 });
});
afterAll(async () => {
	await github.close();
	await rm(directory, { recursive: true });
});

const at = (path: string) => join(directory, path);
const WHO = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"];
const git = async (...args: string[]) =>
	(await promisify(execFile)("git", [...WHO, ...args], { cwd: directory })).stdout.trim();

async function commit(files: Record<string, string>): Promise<void> {
	for (const [path, text] of Object.entries(files)) {
		await mkdir(join(at(path), ".."), { recursive: true });
		await writeFile(at(path), text);
	}
	await git("add", "--all");
	await git("commit", "--quiet", "--message", "Change the tree");
}

const settings = (instances: object): string =>
	stringify({
		...{ project: "drifting", image: { repository: "owner/app" }, registry: { push: { address: "ghcr.io" } } },
		...{ temporal: { address: "127.0.0.1:7233" }, store: { endpoint: "127.0.0.1:9000" } },
		...{ github: { api: github.url, repository: AT_GITHUB }, instances },
	});

/** What `cres init --ci` makes of drift.yml, run for the last commit; the issues at GitHub then. */
async function issuesAfterRun() {
	const text = await readFile(join(ROOT, ".github/workflows/drift.yml"), "utf8");
	const workflow = await readWorkflow("drift.yml", projectWorkflow(text, "."));
	const folder = await mkdtemp(join(tmpdir(), "cres-run-"));
	const report = await runWorkflow(workflow, {
		github: { sha: await git("rev-parse", "HEAD"), ref: "refs/heads/main", repository: AT_GITHUB },
		actions: {
			"actions/checkout": checkoutOf(directory, `https://github.com/${AT_GITHUB}`),
			"actions/setup-node": setupNode,
		},
		...{ directory: folder, secrets: { GITHUB_TOKEN: TOKEN } },
		environment: { PATH: `${at(".git/bin")}:${process.env["PATH"]}`, HOME: folder },
	});
	await rm(folder, { recursive: true });
	const failed = report.steps.filter(({ conclusion }) => conclusion === "failure");
	expect(failed.map(({ title, output }) => `${title}\n${output}`)).toEqual([]);
	return repositoryNamed(github.world, AT_GITHUB).issues.map(({ title, state, body }) => ({ title, state, body }));
}

it("drift.yml keeps one issue of what triage and the perimeter find: opened, updated, closed", async () => {
	await commit({ "start.sh": "#!/bin/sh\r\necho started\r\n" });
	const [opened, ...none] = await issuesAfterRun();
	expect(opened).toMatchObject({ title: TITLE, state: "open" });
	expect(none).toEqual([]);
	expect(opened!.body).toMatch(/^```text\n/);
	expect(opened!.body).toContain("start.sh");
	expect(opened!.body).toContain("0 against the perimeter");

	const instance = {
		driver: "docker",
		host: "203.0.113.7",
		key: "k",
		roles: ["cpu"],
		env: { REINDEX_URL: "http://198.51.100.9:1234" },
	};
	await commit({ "start.sh": "#!/bin/sh\necho started\n", "cres.yaml": settings({ "cpu-1": instance }) });
	const [updated, ...others] = await issuesAfterRun();
	expect(updated).toMatchObject({ title: TITLE, state: "open" });
	expect(others).toEqual([]);
	expect(updated!.body).not.toContain("start.sh");
	expect(updated!.body).toContain("198.51.100.9");

	await commit({ "cres.yaml": settings({}) });
	expect(await issuesAfterRun()).toMatchObject([{ title: TITLE, state: "closed" }]);
}, 120_000);
