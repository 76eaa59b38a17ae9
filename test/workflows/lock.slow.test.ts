import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { LOCK_FILE } from "../../src/image/catalogue.ts";
import { lockText } from "../../src/image/lock-file.ts";
import { githubRepository } from "../github/repository.ts";
import { makeRepository, pushedBy } from "../support/actions/repository.ts";
import { runWorkflow } from "../support/actions/run.ts";
import { readWorkflow } from "../support/actions/workflow.ts";
import { filesOf, locked, mirror, startMirror } from "../support/debian-mirror.ts";

const FILE = ".github/workflows/lock.yml";

it("lock.yml pins what the mirror has now, and proposes it as a pull request", async () => {
	await using debian = await startMirror();
	debian.files = filesOf(mirror("0.28.1-2", "0.28.1-1"));
	const before = lockText(locked(debian.origin));
	await using github = await githubRepository({ [LOCK_FILE]: before });
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
	const { jobs, steps } = await runWorkflow(workflow, {
		...(await pushedBy(repository, "somebody")),
		...{ directory, secrets: { GITHUB_TOKEN: "sentinel-token" }, vars: { BASE_IMAGE: "debian" } },
		environment: { PATH, HOME },
	});
	await rm(directory, { recursive: true, force: true });
	const output = steps.map(({ output: printed }) => printed).join("\n");
	expect(jobs["lock"]?.result, output).toBe("success");
	const proposed = JSON.parse(github.branches.get("cres/lock")![LOCK_FILE]!) as { runtime: { version: string } };
	expect(proposed.runtime.version).toBe("0.28.1-2");
	expect(github.branches.get("main")![LOCK_FILE]).toBe(before);
	expect(github.pulls.map(({ title }) => title)).toEqual(["Refresh the lock of the cuda flavour"]);
	expect(output).not.toContain("sentinel-token");
}, 180_000);
