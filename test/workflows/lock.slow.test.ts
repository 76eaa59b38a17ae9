import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LOCK_FILE } from "../../src/image/catalogue.ts";
import { lockText } from "../../src/image/lock-file.ts";
import { githubRepository } from "../github/repository.ts";
import { setupNodeBehind } from "../support/actions/local-actions.ts";
import { NPM_UPDATE } from "../support/actions/npm-update.ts";
import { makeRepository, pushedBy } from "../support/actions/repository.ts";
import { runWorkflow } from "../support/actions/run.ts";
import { readWorkflow } from "../support/actions/workflow.ts";
import { ROOT } from "../support/sources.ts";
import { filesOf, locked, mirror, startMirror } from "../support/debian-mirror.ts";

const FILE = ".github/workflows/lock.yml";

const NPM_LOCKS = ["package-lock.json", "images/package-lock.json"];
it("lock.yml pins what the mirror has now and what npm update writes (a stand-in), a pull request each", async () => {
	await using debian = await startMirror();
	debian.files = filesOf(mirror("0.28.1-2", "0.28.1-1"));
	const before = lockText(locked(debian.origin));
	const locks = await Promise.all(
		NPM_LOCKS.map(async (path) => [path, await readFile(join(ROOT, path), "utf8")] as const),
	);
	await using github = await githubRepository({ [LOCK_FILE]: before, ...Object.fromEntries(locks) });
	await using repository = await makeRepository({
		...{ project: "p", image: { repository: "o/n" }, registry: { push: { address: "registry.test" } } },
		...{ temporal: { address: "t:1" }, store: { endpoint: "s:1" } },
		github: { api: github.url, repository: "me/app" },
	});
	await writeFile(join(repository.directory, LOCK_FILE), before);
	await repository.commit("Pin packages");
	const directory = await mkdtemp(join(tmpdir(), "cres-run-"));
	const workflow = await readWorkflow(FILE, await readFile(join(repository.directory, FILE), "utf8"));
	const { PATH = "", HOME = "" } = process.env;
	await mkdir(join(directory, "bin"));
	await writeFile(join(directory, "bin", "npm"), NPM_UPDATE, { mode: 0o755 });
	const pushed = await pushedBy(repository, "somebody");
	const { jobs, steps } = await runWorkflow(workflow, {
		...pushed,
		actions: { ...pushed.actions, "actions/setup-node": setupNodeBehind(join(directory, "bin")) },
		...{ directory, secrets: { GITHUB_TOKEN: "sentinel-token" }, vars: { BASE_IMAGE: "debian" } },
		environment: { PATH, HOME },
	});
	await rm(directory, { recursive: true, force: true });
	const output = steps.map(({ output: printed }) => printed).join("\n");
	expect([jobs["cuda"]?.result, jobs["npm"]?.result], output).toEqual(["success", "success"]);
	const proposed = JSON.parse(github.branches.get("cres/lock")![LOCK_FILE]!) as { runtime: { version: string } };
	expect(proposed.runtime.version).toBe("0.28.1-2");
	expect(github.branches.get("main")![LOCK_FILE]).toBe(before);
	const renewed = github.branches.get("cres/npm")!;
	for (const [path, text] of locks) expect(renewed[path]).toBe(`${text}\n`);
	expect(renewed[LOCK_FILE]).toBe(before);
	expect(github.pulls.map(({ title }) => title)).toEqual([
		"Refresh the lock of the cuda flavour",
		"Refresh the lock files of npm",
	]);
	expect(output).not.toContain("sentinel-token");
}, 1_800_000);
