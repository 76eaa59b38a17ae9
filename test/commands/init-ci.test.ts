import { execFileSync } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { initProject, type InitOptions } from "../../src/config/init.ts";
import { renderInit } from "../../src/config/render-init.ts";
import { projectWorkflow } from "../../src/config/workflows.ts";
import { systemShell } from "../../src/system/shell.ts";
import { runCres } from "../support/run-cres.ts";
import { ROOT } from "../support/sources.ts";

const IMAGES = ".github/workflows/images.yml";

let directory: string;
beforeEach(async () => {
	directory = await realpath(await mkdtemp(join(tmpdir(), "cres-init-ci-")));
});
const cres = async (...args: string[]) => {
	const { stdout, ...rest } = await runCres(directory, ...args);
	return { ...rest, stdout: stdout.replaceAll(directory, "/project") };
};
/** The same without a process. */
const initialized = (more: Partial<InitOptions> = {}) =>
	initProject({
		...{ configPath: at("cres.yaml"), schemaPath: join(ROOT, "cres.schema.json"), force: false, dryRun: false },
		...{ workflows: join(ROOT, ".github/workflows"), shell: systemShell, signal: new AbortController().signal },
		...more,
	});
const init = async (more: Partial<InitOptions> = {}) => renderInit(await initialized(more));
const at = (path: string) => join(directory, path);
const workflow = () => readFile(at(IMAGES), "utf8");

describe("cres init --ci", () => {
	it("writes the workflows and says what to set", async () => {
		const { code, stdout } = await cres("init", "--ci");
		expect(code).toBe(0);
		expect(stdout).toMatchInlineSnapshot(`
			"in /project
			written      cres.yaml
			written      .env
			written      docs/PLAN.md
			written      docs/Perimeter.md
			written      .gitignore
			written      .github/workflows/images.yml
			written      .github/workflows/promote.yml
			written      .github/workflows/drift.yml
			written      .github/workflows/lock.yml
			before cres build --push:
			  put Dockerfile.base, Dockerfile, images/ into /project
			  set BASE_IMAGE, REGISTRY_USERNAME, REGISTRY_PASSWORD in .env
			  commit the tree with Git: builds take committed files
			before the workflows run, in GitHub and in the tree:
			  package.json: cres among the devDependencies, and commit package-lock.json
			  cres.yaml: attest.keys, the public half that cres attest keygen writes there, or attest.keyless; commit it
			  cres.yaml: smoke.dependencies, a Temporal and a store to test images with, pinned by digest; commit them
			  variable BASE_IMAGE: the OS image, pinned: host/repository@sha256:…
			  secret ATTEST_KEY: the private key that cres attest keygen makes; not for attest.keyless
			next:
			  cres doctor
			  cres attest keygen
			  git add cres.yaml docs .gitignore .github
			"
		`);
		expect(await workflow()).toBe(projectWorkflow(await readFile(join(ROOT, IMAGES), "utf8"), "."));
		await writeFile(at("package.json"), '{ "devDependencies": { "cres": "file:cres.tgz" } }');
		const { files, github } = await initialized();
		expect(files.map(({ state }) => state)).toEqual(Array(9).fill("kept"));
		expect(github.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
			"cres.yaml: attest.keys,",
			"cres.yaml: smoke.dependencies,",
			"variable BASE_IMAGE:",
			"secret ATTEST_KEY:",
		]);
	});

	it("keeps a workflow that says something else; --force replaces it and not cres.yaml", async () => {
		await mkdir(at(".github/workflows"), { recursive: true });
		await writeFile(at(IMAGES), "name: mine\n");
		await writeFile(at("cres.yaml"), "project: mine\n");
		const kept = await init();
		expect(kept).toContain(`differs      ${IMAGES}\n`);
		expect(kept).toContain("--force replaces the workflows that differ");
		expect(await workflow()).toBe("name: mine\n");
		expect(await init({ force: true, dryRun: true })).toContain(`not replaced ${IMAGES}\n`);
		expect(await workflow()).toBe("name: mine\n");
		expect(await init({ force: true })).toContain(`replaced     ${IMAGES}\n`);
		expect(await workflow()).toContain("npx --no cres build --push");
		expect(await readFile(at("cres.yaml"), "utf8")).toBe("project: mine\n");
	});

	it("takes a file with CRLF for the same", async () => {
		await init();
		await writeFile(at(IMAGES), (await workflow()).replaceAll("\n", "\r\n"));
		expect(await init()).toContain(`kept         ${IMAGES}\n`);
	});

	it("refuses below the top of a repository, and writes nothing", async () => {
		execFileSync("git", ["init", "--quiet", directory]);
		await mkdir(at("deploy"));
		const { code, stderr } = await runCres(at("deploy"), "init", "--ci");
		expect(code).toBe(2);
		expect(stderr).toContain("code: workflows_not_at_top");
		await expect(readFile(at("deploy/cres.yaml"))).rejects.toThrow("ENOENT");
	});

	it("fits the path filters to image.context", async () => {
		await withContext("./payload/");
		await init();
		expect(await workflow()).toContain("      - payload/Dockerfile\n");
		expect(await workflow()).toContain("npm ci --ignore-scripts --prefix payload/images\n");
	});

	it("fits them to image.context also where cres.yaml has faults", async () => {
		await withContext("payload\nunknown: 1");
		await init();
		expect(await workflow()).toContain("      - payload/Dockerfile\n");
	});

	it.each(["..", "x/../../y", "/srv/app", "my app", "a$(id)b", "'*'", "-x", "C:\\app"])(
		"refuses the image.context %s, which a workflow cannot name, and writes nothing",
		async (context) => {
			await withContext(context);
			await expect(init()).rejects.toMatchObject({ code: "workflows_context", exit: "usage" });
			await expect(workflow()).rejects.toThrow("ENOENT");
		},
	);

	it("names nothing as missing that cres.yaml has", async () => {
		await init({ workflows: undefined });
		const image = `host/x@sha256:${"0".repeat(64)}`;
		const smoke = `smoke:\n  dependencies:\n    temporal: ${image}\n    store: ${image}\n`;
		await appendFile(at("cres.yaml"), `\nattest:\n  keys:\n    ci: ci.pub\n${smoke}`);
		const { github, next } = await initialized();
		expect(github.map((line) => line.split(":")[0])).toEqual([
			"package.json",
			"variable BASE_IMAGE",
			"secret ATTEST_KEY",
		]);
		expect(next).toEqual(["cres doctor", "git add cres.yaml docs .gitignore .github"]);
	});

	async function withContext(context: string) {
		await init({ workflows: undefined });
		const text = await readFile(at("cres.yaml"), "utf8");
		await writeFile(at("cres.yaml"), text.replace("  #context: .", `  context: ${context}`));
	}
});

describe("the release bundle", () => {
	it("holds the workflows", async () => {
		const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
		const [{ files }] = JSON.parse(
			execFileSync("npm", pack, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
		);
		const paths = files.map(({ path }: { path: string }) => path);
		expect(paths).toEqual(expect.arrayContaining([IMAGES, ".github/workflows/lock.yml"]));
	});
});
