import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { root } from "../support/cres.ts";
import { runCres } from "../support/run-cres.ts";

let directory: string; // of nobody's project
beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-guide-"));
});

it("the guide lists every page that the package has", async () => {
	const { code, stdout } = await runCres(directory, "guide", "--json");
	expect(code).toBe(0);
	const { pages } = JSON.parse(stdout) as { pages: { name: string; about: string }[] };
	const files = await readdir(join(root, "docs", "guide"));
	expect(pages.map(({ name }) => `${name}.md`).toSorted()).toEqual(files.toSorted());
	expect((await runCres(directory, "guide")).stdout).toContain("control-host    boot the control plane");
});

it("prints a page anywhere", async () => {
	const { stdout } = await runCres(directory, "guide", "backend");
	expect(stdout).toBe(await readFile(join(root, "docs", "guide", "backend.md"), "utf8"));
});

it("names the pages when there is no such one", async () => {
	const { code, stderr } = await runCres(directory, "guide", "nope");
	expect([code, stderr]).toEqual([2, expect.stringContaining("triage-runtime")]);
});
