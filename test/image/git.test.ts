import { execFile } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { IMAGES } from "../../src/image/catalogue.ts";
import { prepare } from "../../src/image/prepare.ts";
import type { BuildPorts } from "../../src/image/ports.ts";
import { readRevision } from "../../src/image/revision.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { systemShell } from "../../src/system/shell.ts";
import { refusal } from "../support/refusal.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const run = promisify(execFile);
const { signal } = new AbortController();
const git = (cwd: string, ...args: string[]) =>
	run("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false", ...args], { cwd });

async function write(root: string, files: Record<string, string>): Promise<void> {
	for (const [path, text] of Object.entries(files)) {
		await mkdir(dirname(join(root, path)), { recursive: true });
		await writeFile(join(root, path), text);
	}
}

async function commit(root: string, files: Record<string, string>): Promise<void> {
	await write(root, files);
	await git(root, "add", "--all");
	await git(root, "commit", "--quiet", "--message", "x");
}

async function repository(files: Record<string, string>): Promise<string> {
	const root = await mkdtemp(join(tmpdir(), "cres-git-"));
	await git(root, "init", "--quiet", "--initial-branch=main");
	await commit(root, files);
	return root;
}

const FILES = { "images/a": "a", "images/package.json": '{"version":"1.0.0"}', "docs/x": "1" };
const revision = (root: string) => readRevision(systemShell, root, ["images"], signal);

describe("the revision", () => {
	let full: string;
	beforeAll(async () => {
		full = await repository(FILES);
		await commit(full, { "images/a": "b" });
		for (const text of ["2", "3", "4"]) await commit(full, { "docs/x": text });
	});
	const clone = async (...args: string[]) => {
		const at = await mkdtemp(join(tmpdir(), "cres-clone-"));
		await git(full, "clone", "--quiet", ...args, `file://${full}`, at);
		return at;
	};

	it("T08: is refused in a clone of depth 1, and says fetch-depth: 0", async () => {
		const { code, hint } = await refusal(revision(await clone("--depth", "1")));
		expect([code, hint]).toEqual(["shallow_clone", expect.stringContaining("fetch-depth: 0")]);
	});

	it("T08: is that of the full clone where a shallow one holds the commit", async () => {
		const expected = await revision(full);
		expect(await revision(await clone("--depth", "5"))).toEqual(expected);
		expect(await revision(await clone("--depth", "6"))).toEqual(expected);
		expect(await revision(await clone())).toEqual(expected);
	});

	it("T08: may be the first commit", async () => {
		expect((await revision(await repository(FILES))).commit).toMatch(/^[0-9a-f]{40}$/);
	});

	it("F80: is the same in another worktree and with a detached HEAD", async () => {
		const expected = await revision(full);
		const other = join(await mkdtemp(join(tmpdir(), "cres-worktree-")), "tree");
		await git(full, "worktree", "add", "--quiet", other, "-b", "other");
		expect(await revision(other)).toEqual(expected);
		const detached = await clone();
		await git(detached, "checkout", "--quiet", "--detach");
		expect(await revision(detached)).toEqual(expected);
	});
});

describe("the context", () => {
	const prepared = async (root: string, allowDirty = false) => {
		const config = { root, image: { context: ".", repository: "o/a" } };
		const below = async () => ({ reference: "b", name: "b", digest: `sha256:${"0".repeat(64)}` as Digest });
		const ports = { config, shell: systemShell, signal } as unknown as BuildPorts;
		const definition = { ...IMAGES.base, dockerfile: "Dockerfile" };
		return prepare(ports, definition, below, { allowDirty, flavour: "cpu" });
	};
	const namesIn = async (tar: Buffer) => {
		const { extract } = await import("tar-stream");
		const { Readable } = await import("node:stream");
		const names: string[] = [];
		for await (const entry of Readable.from(tar).pipe(extract())) {
			if (entry.header.type === "file") names.push(entry.header.name);
			entry.resume();
		}
		return names;
	};
	const OWN = {
		...FILES,
		Dockerfile: "FROM b\nCOPY . /app/\n",
		".gitignore": ".env\n.cres/\nnode_modules/\n*.pyc\n",
		"src/a.py": "a",
	};
	const IGNORED = {
		".env": "S=1",
		".cres/last-build.json": "{}",
		"node_modules/p/i.js": "x",
		"src/__pycache__/x.pyc": "x",
	};

	it("T03: holds no file that Git ignores, and the build id does not depend on one", async () => {
		const root = await repository(OWN);
		const clean = await prepared(root);
		await write(root, IGNORED);
		const image = await prepared(root);
		expect(image.facts.buildId).toBe(clean.facts.buildId);
		expect(await namesIn(await image.tar())).toEqual(
			[".gitignore", "Dockerfile", "docs/x", "images/a", "images/package.json", "src/a.py"].toSorted(),
		);
	});

	it.each([".dockerignore", "Dockerfile.dockerignore"])("T03: keeps out what %s says", async (file) => {
		const root = await repository({ ...OWN, ".dockerignore": "src\n", [file]: "**\n!src/**\n!images/package.json \n" });
		await write(root, IGNORED);
		expect(await namesIn(await (await prepared(root)).tar())).toEqual([
			"Dockerfile",
			"images/package.json",
			"src/a.py",
		]);
	});

	it.each(["{", "[]", '{"version":1}'])("says which file has no version: %s", async (text) => {
		const root = await repository({ ...OWN, "images/package.json": text });
		expect(await refusal(prepared(root))).toMatchObject({
			code: "build_file_missing",
			message: `${join(root, "images/package.json")} is no JSON with a version`,
		});
	});

	it("T03: says so where all of what is copied is ignored", async () => {
		const root = await repository({ ...OWN, Dockerfile: "FROM b\nCOPY node_modules /app\n" });
		await write(root, IGNORED);
		expect(await refusal(prepared(root))).toMatchObject({
			code: "context_file_ignored",
			hint: expect.stringContaining("commit node_modules"),
		});
	});

	it("T03: takes changes of what the Dockerfile copies for changes", async () => {
		const root = await repository(OWN);
		await write(root, { "src/new.py": "n" });
		expect(await refusal(prepared(root))).toMatchObject({ code: "tree_dirty", message: "not committed: src/new.py" });
		expect(await namesIn(await (await prepared(root, true)).tar())).toContain("src/new.py");
	});
});
