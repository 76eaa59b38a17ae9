import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { projectWorkflow } from "../../src/config/workflows.ts";
import { runDev } from "../support/dev.ts";
import { ROOT } from "../support/sources.ts";

const IMAGES = ".github/workflows/images.yml";

let directory: string;
beforeEach(async () => {
	directory = await realpath(await mkdtemp(join(tmpdir(), "cres-init-ci-")));
});
const cres = async (...args: string[]) => {
	const { stdout, ...rest } = await runDev(directory, ...args);
	return { ...rest, stdout: stdout.replaceAll(directory, "/project") };
};
const at = (path: string) => join(directory, path);
const workflow = () => readFile(at(IMAGES), "utf8");

describe("cres init --ci", () => {
	it("writes the workflows and says what to set", async () => {
		const { code, stdout } = await cres("init", "--ci");
		expect(code).toBe(0);
		expect(stdout).toMatchInlineSnapshot();
		expect(await workflow()).toBe(projectWorkflow(await readFile(join(ROOT, IMAGES), "utf8"), "."));
		await writeFile(at("package.json"), '{ "devDependencies": { "cres": "file:cres.tgz" } }');
		const { files, github } = JSON.parse((await cres("init", "--ci", "--json")).stdout);
		expect(files.map(({ state }: { state: string }) => state)).toEqual(Array(9).fill("kept"));
		expect(github.map((line: string) => line.split(" ").slice(0, 2).join(" "))).toEqual([
			"variable BASE_IMAGE:",
			"secret ATTEST_KEY:",
		]);
	});

	it("keeps a workflow that says something else; --force replaces it and not cres.yaml", async () => {
		await mkdir(at(".github/workflows"), { recursive: true });
		await writeFile(at(IMAGES), "name: mine\n");
		await writeFile(at("cres.yaml"), "project: mine\n");
		const kept = await cres("init", "--ci");
		expect(kept.stdout).toContain(`differs      ${IMAGES}\n`);
		expect(kept.stdout).toContain("--force replaces the workflows that differ");
		expect(await workflow()).toBe("name: mine\n");
		expect((await cres("init", "--ci", "--force", "--dry-run")).stdout).toContain(`not replaced ${IMAGES}\n`);
		expect(await workflow()).toBe("name: mine\n");
		expect((await cres("init", "--ci", "--force")).stdout).toContain(`replaced     ${IMAGES}\n`);
		expect(await workflow()).toContain("npx --no cres build --push");
		expect(await readFile(at("cres.yaml"), "utf8")).toBe("project: mine\n");
	});

	it("takes a file with CRLF for the same", async () => {
		await cres("init", "--ci");
		await writeFile(at(IMAGES), (await workflow()).replaceAll("\n", "\r\n"));
		expect((await cres("init", "--ci")).stdout).toContain(`kept         ${IMAGES}\n`);
	});

	it("refuses below the top of a repository, and writes nothing", async () => {
		execFileSync("git", ["init", "--quiet", directory]);
		await mkdir(at("deploy"));
		const { code, stderr } = await runDev(at("deploy"), "init", "--ci");
		expect(code).toBe(2);
		expect(stderr).toContain("code: workflows_not_at_top");
		await expect(readFile(at("deploy/cres.yaml"))).rejects.toThrow("ENOENT");
	});

	it("fits the path filters to image.context", async () => {
		await cres("init");
		const text = await readFile(at("cres.yaml"), "utf8");
		await writeFile(at("cres.yaml"), text.replace("  #context: .", "  context: payload"));
		await cres("init", "--ci");
		expect(await workflow()).toContain("      - payload/Dockerfile\n");
		expect(await workflow()).toContain("npm ci --ignore-scripts --prefix payload/images\n");
	});
});

describe("the release bundle", () => {
	it("holds the workflows", async () => {
		const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
		const [{ files }] = JSON.parse(execFileSync("npm", pack, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
		const paths = files.map(({ path }: { path: string }) => path);
		expect(paths).toEqual(expect.arrayContaining([IMAGES, ".github/workflows/lock.yml"]));
	});
});
