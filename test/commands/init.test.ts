import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readFile, readdir, realpath, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { runCres } from "../support/run-cres.ts";

let directory: string;
beforeEach(async () => {
	directory = await realpath(await mkdtemp(join(tmpdir(), "cres-init-")));
});

async function cres(...args: string[]) {
	const { stdout, ...rest } = await runCres(directory, ...args);
	return { ...rest, stdout: stdout.replaceAll(directory, "/project") };
}

it("writes a project that the other commands take, once", async () => {
	expect((await cres("init", "--dry-run")).stdout).toMatchInlineSnapshot(`
		"in /project (dry run)
		not written  cres.yaml
		not written  .env
		not written  docs/PLAN.md
		not written  docs/Perimeter.md
		not written  .gitignore
		before cres build --push:
		  put Dockerfile.base, Dockerfile, images/ into /project
		  set BASE_IMAGE, REGISTRY_USERNAME, REGISTRY_PASSWORD in .env
		  commit the tree with Git: builds take committed files
		next:
		  cres doctor
		  cres control prepare
		  cres build --push
		  cres instance adopt NAME --host HOST --key FILE
		"
	`);
	expect((await cres("config")).code).toBe(2);
	expect((await cres("init")).stdout).toMatchInlineSnapshot(`
		"in /project
		written      cres.yaml
		written      .env
		written      docs/PLAN.md
		written      docs/Perimeter.md
		written      .gitignore
		before cres build --push:
		  put Dockerfile.base, Dockerfile, images/ into /project
		  set BASE_IMAGE, REGISTRY_USERNAME, REGISTRY_PASSWORD in .env
		  commit the tree with Git: builds take committed files
		next:
		  cres doctor
		  cres control prepare
		  cres build --push
		  cres instance adopt NAME --host HOST --key FILE
		"
	`);
	expect((await stat(join(directory, ".env"))).mode & 0o777).toBe(0o600);
	expect(await readFile(join(directory, "docs/PLAN.md"), "utf8")).toBe("# PLAN\n");
	expect((await cres("config")).code).toBe(0);
	expect((await cres("init")).stdout).toMatchInlineSnapshot(`
		"in /project
		kept         cres.yaml
		kept         .env
		kept         docs/PLAN.md
		kept         docs/Perimeter.md
		kept         .gitignore
		cres.yaml was there; --force replaces it
		before cres build --push:
		  put Dockerfile.base, Dockerfile, images/ into /project
		  set BASE_IMAGE, REGISTRY_USERNAME, REGISTRY_PASSWORD in .env
		  commit the tree with Git: builds take committed files
		next:
		  cres doctor
		  cres control prepare
		  cres build --push
		  cres instance adopt NAME --host HOST --key FILE
		"
	`);
});

it("keeps what is there, and with --force replaces cres.yaml only", async () => {
	await writeFile(join(directory, "cres.yaml"), "mine\n");
	await writeFile(join(directory, ".env"), "A=1\n");
	await writeFile(join(directory, ".gitignore"), ".env\n");
	await cres("init");
	expect(await readFile(join(directory, "cres.yaml"), "utf8")).toBe("mine\n");
	const { files } = JSON.parse((await cres("init", "--force", "--json")).stdout) as { files: unknown };
	expect(files).toEqual([
		{ path: "cres.yaml", state: "replaced" },
		{ path: ".env", state: "kept" },
		{ path: "docs/PLAN.md", state: "kept" },
		{ path: "docs/Perimeter.md", state: "kept" },
		{ path: ".gitignore", state: "kept" },
	]);
	expect(await readFile(join(directory, ".env"), "utf8")).toBe("A=1\n");
	expect(await readFile(join(directory, ".gitignore"), "utf8")).toBe(".env\n.cres/\n");
});

it("M26: makes no second file of one name", async () => {
	await writeFile(join(directory, "cres.yml"), "mine\n");
	const { code, stdout } = await cres("init", "--json");
	expect([code, JSON.parse(stdout)]).toMatchObject([2, { error: { code: "config_twice" } }]);
	expect(await readdir(directory)).toEqual(["cres.yml"]);
});

it("names only what a build still needs", async () => {
	for (const file of ["Dockerfile.base", "Dockerfile"]) await writeFile(join(directory, file), "");
	await writeFile(join(directory, ".env"), "BASE_IMAGE=debian@sha256:0\nREGISTRY_USERNAME=me\n");
	const git = (...args: string[]) =>
		execFileSync("git", ["-c", "user.name=me", "-c", "user.email=me@localhost", ...args], { cwd: directory });
	git("init", "--quiet");
	git("commit", "--quiet", "--allow-empty", "--message", "first");
	const { missing } = JSON.parse((await cres("init", "--json")).stdout) as { missing: unknown };
	expect(missing).toEqual(["put images/ into /project", "set REGISTRY_PASSWORD in .env"]);
});

it("says what it could not write", async () => {
	await writeFile(join(directory, "file"), "");
	await chmod(join(directory, "file"), 0o400);
	const { code, stderr } = await cres("init", "--config", "file/cres.yaml");
	expect(code).toBe(1);
	expect(stderr).toContain("file/cres.yaml cannot be used: a part of the path is not a directory (ENOTDIR)\n");
});

it("names the file in the next commands where they would not find it", async () => {
	const { code, stdout } = await cres("init", "--config", "my files/cres.yaml", "--json");
	const { next } = JSON.parse(stdout) as { next: string[] };
	expect([code, next[0], next.at(-1)]).toEqual([
		0,
		"cres doctor --config 'my files/cres.yaml'",
		"cres instance adopt NAME --host HOST --key FILE --config 'my files/cres.yaml'",
	]);
});

it.each([[[]], [["--dry-run"]]])("takes no folder for cres.yaml %j", async (flags) => {
	const { code, stderr } = await cres("init", "--config", ".", ...flags);
	expect(code).toBe(2);
	expect(stderr).toBe(
		`✖ ${directory} is a directory\n  → name the file: cres init --config ${directory}/cres.yaml\n  code: usage\n`,
	);
});
