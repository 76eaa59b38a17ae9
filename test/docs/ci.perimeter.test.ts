import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";
import { linkPackages, makeRepository } from "../support/actions/repository.ts";
import { environmentOf, root, settingsFor, writeEnvironment } from "../support/cres.ts";
import { BIN } from "../support/built.ts";

const perimeter = inject("perimeter");

/** What a person types, from top to bottom of the guide. */
const lines = (await readFile(join(root, "docs/guide/ci.md"), "utf8"))
	.replaceAll("\r\n", "\n")
	.split("\n")
	.flatMap((line) => /^ {4}(\S.*)$/.exec(line)?.[1] ?? []);

it("docs/guide/ci.md: every command works, in its order", async () => {
	expect(lines.length).toBeGreaterThan(8);
	const own = { ...settingsFor(perimeter, "docs-ci"), project: "rehearsal" }; // its smoke test takes what the perimeter has
	const settings = { ...own, image: { repository: "cres/worker" }, instances: {} };
	await using repository = await makeRepository(settings);
	const { directory, git } = repository;
	await linkPackages(directory);
	await git("rm", "--quiet", "-r", ".github");
	await git("config", "user.name", "Test");
	await git("config", "user.email", "test@example.com");
	await git("config", "commit.gpgsign", "false");
	await writeEnvironment(directory, environmentOf(perimeter));
	const bin = join(directory, ".git", "bin"); // Git looks at no file there
	await mkdir(bin);
	await writeFile(join(bin, "cres"), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`, {
		mode: 0o755,
	});
	// Exit 3: cres.yaml names servers of the perimeter, which no file of the tree starts.
	const typed = lines.map((line) => (line.startsWith("cres triage") ? `${line} || test $? -eq 3` : line));
	const script = ["set -euxo pipefail", ...typed].join("\n");
	const { PATH, HOME } = process.env;
	const env = { PATH: `${bin}:${PATH}`, HOME };
	const { stdout } = await promisify(execFile)("bash", ["-c", script], { cwd: directory, env }).catch(
		(error: Error & { stdout: string }) => {
			throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
		},
	);
	expect(stdout).toContain("written      .github/workflows/images.yml");
	expect(stdout).toContain("secret ATTEST_KEY");
	expect(stdout).toMatch(/^app {2}[0-9a-f]{12} /m);
	expect(await git("log", "-1", "--format=%s")).toBe("Build images in GitHub Actions");
}, 300_000);
