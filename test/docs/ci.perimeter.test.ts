import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, it } from "vitest";
import { NPM_UPDATE } from "../support/actions/npm-update.ts";
import { linkPackages, makeRepository } from "../support/actions/repository.ts";
import { environmentOf, root, settingsFor, writeEnvironment } from "../support/cres.ts";
import { BIN } from "../support/built.ts";
import { codeSpans, typedLines } from "../support/documents.ts";

const perimeter = inject("perimeter");

const guide = (await readFile(join(root, "docs/guide/ci.md"), "utf8")).replaceAll("\r\n", "\n");
/** What a person types, from top to bottom of the guide. */
const lines = typedLines(guide);
const inText = codeSpans(guide).filter((span) => /^(?:cres|npm|docker|gh|git) /.test(span));
/** Commands of its text that follow here, filled in where the guide leaves something open. */
const ALSO: Readonly<Record<string, string>> = {
	"cres init --ci --force": "cres init --ci --force",
	"docker pull IMAGE:TAG": `docker pull ${perimeter.registry.address}/cres/worker:canary`,
	"npm run workflows": "npm run workflows",
};
/** Those that need a run at GitHub, or another program of tests: where they are executed. */
const ELSEWHERE: Readonly<Record<string, string>> = {
	"cres deploy --commit": "test/e2e/commit.perimeter.test.ts",
	"cres ci record": "test/e2e/commit.perimeter.test.ts",
	"cres ci pull-request": "test/github/pull-request.test.ts",
};

it("docs/guide/ci.md: every command in its text is executed", async () => {
	expect(inText.length).toBeGreaterThan(8);
	const begins = (span: string) => new RegExp(`^${span.replaceAll(/[A-Z]{2,}/g, "\\S+")}(?= |$)`);
	const left = inText.filter((span) => !(span in ALSO) && !lines.some((line) => begins(span).test(line)));
	for (const span of left) {
		const file = ELSEWHERE[span] ?? /^npm test -- (test\/\S+\.test\.ts)$/.exec(span)?.[1];
		expect(file, `where is ${span} executed?`).toBeDefined();
		const text = await readFile(join(root, file!), "utf8");
		const words = span in ELSEWHERE ? span.split(" ").slice(1) : [];
		expect(words.filter((word) => !text.includes(word))).toEqual([]);
	}
});

it("docs/guide/ci.md: every command works, in its order; a stand-in renews the lock files of npm", async () => {
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
	await writeFile(join(bin, "npm"), NPM_UPDATE, { mode: 0o755 });
	await linkLinters(directory);
	// Exit 3: cres.yaml names servers of the perimeter, which no file of the tree starts.
	const typed = [...lines, ...Object.values(ALSO)].map((line) =>
		line.startsWith("cres triage") ? `${line} || test $? -eq 3` : line,
	);
	const script = ["set -euxo pipefail", ...typed].join("\n");
	const { PATH, HOME } = process.env;
	const env = { PATH: `${bin}:${PATH}`, HOME, DOCKER_CONFIG: await dockerLogin(directory) };
	const { stdout } = await promisify(execFile)("bash", ["-c", script], { cwd: directory, env }).catch(
		(error: Error & { stdout: string }) => {
			throw new Error(`${error.message}\n${error.stdout}`, { cause: error });
		},
	);
	expect(stdout).toContain("written      .github/workflows/images.yml");
	expect(stdout).toContain("secret ATTEST_KEY");
	expect(stdout).toMatch(/^Digest: sha256:[0-9a-f]{64}$/m);
	expect(stdout).toMatch(/^app {2}[0-9a-f]{12} /m);
	expect(await git("log", "-1", "--format=%s")).toBe("Build images in GitHub Actions");
}, 300_000);

/** What `npm run workflows` would install once more. */
async function linkLinters(directory: string): Promise<void> {
	const linters = join(root, ".cres/linters");
	if (!existsSync(linters)) return;
	await mkdir(join(directory, ".cres"), { recursive: true });
	await symlink(linters, join(directory, ".cres/linters"));
}

/** A folder with the login of the registry, as `docker login` writes it. */
async function dockerLogin(directory: string): Promise<string> {
	const { address, username, password } = perimeter.registry;
	const folder = join(directory, ".git", "docker");
	await mkdir(folder);
	const auth = Buffer.from(`${username}:${password}`).toString("base64");
	await writeFile(join(folder, "config.json"), JSON.stringify({ auths: { [address]: { auth } } }));
	return folder;
}
