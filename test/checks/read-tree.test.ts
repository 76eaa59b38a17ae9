import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { readTree } from "../../src/checks/tree/read-tree.ts";
import { systemShell, type Shell } from "../../src/system/shell.ts";

const signal = new AbortController().signal;
const noGit: Shell = { run: () => Promise.reject(new Error("spawn git ENOENT")) };

async function write(root: string, files: Readonly<Record<string, string | Buffer>>): Promise<void> {
	for (const [path, text] of Object.entries(files)) {
		await mkdir(dirname(join(root, path)), { recursive: true });
		await writeFile(join(root, path), text);
	}
}

const FILES = {
	"a b/ü\n.sh": "#!/bin/sh\n",
	"image.png": Buffer.from([0x89, 0x50, 0, 1]),
	"data.csv": "1,2\n".repeat(300_000),
	"wheel.whl": Buffer.alloc(1_200_000),
	"node_modules/x/index.js": "",
	"sub/node_modules/x/index.js": "",
	".gitignore": "*.log\n/build/\n",
	"run.log": "",
	"build/out.txt": "",
	"deep/build/kept.txt": "",
	"deep/.gitignore": "secret.txt\n!kept.log\n",
	"deep/secret.txt": "",
	"marked.ps1": "\uFEFFWrite-Output 1\r\n",
	"long.min.js": `${"x".repeat(1_000_000)}\n`,
	"empty.txt": "",
};
const READ = [".gitignore", "a b/ü\n.sh", "deep/.gitignore", "deep/build/kept.txt", "empty.txt", "marked.ps1"];

let root: string;
beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-tree-"));
	await write(root, FILES);
	await symlink(".", join(root, "loop"));
	await symlink("/etc/passwd", join(root, "passwd"));
	await symlink("nowhere", join(root, "dangling"));
	execFileSync("mkfifo", [join(root, "pipe")]);
});

it.each([
	["with git", systemShell],
	["without git", noGit],
])("reads the texts that nobody ignores, %s, whatever else lies there", async (name, shell) => {
	if (name === "with git") await systemShell.run("git", ["init", "-q"], { cwd: root });
	const tree = await readTree(root, shell, signal);
	expect(tree.git).toBe(name === "with git");
	expect(tree.files.map(({ path }) => path)).toEqual(READ);
	expect(tree.skipped.toSorted((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
		{ path: "data.csv", why: "1200000 bytes, more than 1048576", large: true },
		{ path: "long.min.js", why: "repetitive, or one very long line", large: true },
	]);
	expect(tree.has("image.png")).toBe(true);
	expect(tree.file("marked.ps1")).toMatchObject({ byteOrderMark: true, text: "Write-Output 1\r\n" });
	await rm(join(root, ".git"), { recursive: true, force: true });
});

it("reads a folder of a repository from that folder on, with what git does not track yet", async () => {
	const top = await mkdtemp(join(tmpdir(), "cres-tree-"));
	await write(top, {
		"x.txt": "x",
		"sub/a.txt": "a",
		"sub/gone.txt": "",
		".gitignore": "b.txt\n",
		"sub/b.txt": "b",
		"sub/inner/i.txt": "",
	});
	const git = (...args: string[]) => systemShell.run("git", args, { cwd: top });
	await git("init", "-q");
	await git("add", "sub/a.txt", "sub/gone.txt");
	await rm(join(top, "sub/gone.txt"));
	await systemShell.run("git", ["init", "-q"], { cwd: join(top, "sub/inner") });
	await write(top, { "sub/new.txt": "n" });
	const { files, paths } = await readTree(join(top, "sub"), systemShell, signal);
	expect(files.map(({ path }) => path)).toEqual(["a.txt", "new.txt"]);
	expect(paths).toEqual(["a.txt", "new.txt"]);
});

it("runs no program that the repository names", async () => {
	const top = await mkdtemp(join(tmpdir(), "cres-tree-"));
	await write(top, { "a.txt": "a", "hook.sh": `#!/bin/sh\ntouch ${join(top, "ran")}\n` });
	await chmod(join(top, "hook.sh"), 0o755);
	await systemShell.run("git", ["init", "-q"], { cwd: top });
	await systemShell.run("git", ["config", "core.fsmonitor", join(top, "hook.sh")], { cwd: top });
	expect((await readTree(top, systemShell, signal)).files.map(({ path }) => path)).toEqual(["a.txt", "hook.sh"]);
});

it.each([["nowhere"], ["a file"]])("says that a folder cannot be read: %s", async (name) => {
	const top = await mkdtemp(join(tmpdir(), "cres-tree-"));
	await write(top, { "a file": "" });
	await expect(readTree(join(top, name), systemShell, signal)).rejects.toMatchObject({
		code: "triage_tree_unreadable",
	});
});

it("names a file that vanished or cannot be read, and reads the others", async () => {
	const top = await mkdtemp(join(tmpdir(), "cres-tree-"));
	await write(top, { "a.txt": "a", "b.txt": "b" });
	const shell: Shell = {
		run: async (_, args) => {
			const stdout = args.includes("--others") ? "a.txt\0b.txt\0gone.txt\0" : "";
			return { exitCode: 0, stdout, stderr: "" };
		},
	};
	const { files, skipped } = await readTree(top, shell, signal);
	expect(files.map(({ path }) => path)).toEqual(["a.txt", "b.txt"]);
	expect(skipped).toMatchObject([{ path: "gone.txt", large: false }]);
});

it("reads a folder that the repository around it ignores", async () => {
	const top = await mkdtemp(join(tmpdir(), "cres-tree-"));
	await write(top, { ".gitignore": "vendor/\n", "vendor/x/a.txt": "a" });
	await systemShell.run("git", ["init", "-q"], { cwd: top });
	expect((await readTree(join(top, "vendor/x"), systemShell, signal)).files.map(({ path }) => path)).toEqual(["a.txt"]);
});

it("follows no folder that became a link since git saw its files", async () => {
	const own = await mkdtemp(join(tmpdir(), "cres-tree-"));
	const outside = await mkdtemp(join(tmpdir(), "cres-tree-"));
	await write(own, { "conf/sub/a.txt": "ours", "b.txt": "ours" });
	await write(outside, { "sub/a.txt": "theirs" });
	for (const args of [
		["init", "-q"],
		["add", "-A"],
	])
		execFileSync("git", args, { cwd: own });
	await rm(join(own, "conf"), { recursive: true });
	await symlink(outside, join(own, "conf"));
	const { files } = await readTree(own, systemShell, signal);
	expect(files.map(({ path }) => path)).toEqual(["b.txt"]);
});
