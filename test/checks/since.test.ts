import { access, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { renderTriage } from "../../src/checks/render-triage.ts";
import { runStatic } from "../../src/checks/run-static.ts";
import { sinceRevision } from "../../src/checks/since.ts";
import { findingsOf } from "../../src/checks/triage-report.ts";
import { readRevision } from "../../src/checks/tree/read-revision.ts";
import { readTree } from "../../src/checks/tree/read-tree.ts";
import { systemShell } from "../../src/system/shell.ts";
import { checkOf, linesWith, triageOf } from "../support/triage.ts";

const signal = new AbortController().signal;
let root: string;

const git = async (...args: string[]) => {
	const identity = ["-c", "user.name=ops", "-c", "user.email=ops@example.com", "-c", "core.autocrlf=false"];
	const { exitCode, stderr } = await systemShell.run("git", [...identity, ...args], { cwd: root });
	expect(exitCode, stderr).toBe(0);
};

beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-since-"));
	await mkdir(join(root, "sub folder"));
	await writeFile(join(root, "a.txt"), "bad\nfine\n");
	await writeFile(join(root, "sub folder", "ü\nb.sh"), "bad\r\n", { mode: 0o755 });
	await writeFile(join(root, "data.bin"), Buffer.from([0xff, 0xfe, 0, 1, 10, 200]));
	await writeFile(join(root, "latin.txt"), Buffer.from([0x62, 0xe9, 0x0a]));
	await writeFile(join(root, "no-end.txt"), "last line");
	await symlink("a.txt", join(root, "link.txt"));
	await git("init", "-q");
	await git("add", "-A");
	await git("commit", "-q", "-m", "first");
});

it("reads the tree of a revision as it reads the tree of a folder, without a checkout", async () => {
	const [now, then] = await Promise.all([
		readTree(root, systemShell, signal),
		readRevision(root, "HEAD", systemShell, signal),
	]);
	const shown = ({ files }: typeof now) => files.map(({ path, text, executable }) => ({ path, text, executable }));
	expect(shown(then)).toEqual(shown(now));
	const sub = await readRevision(join(root, "sub folder"), "HEAD", systemShell, signal);
	expect(sub.files.map(({ path, executable }) => [path, executable])).toEqual([["ü\nb.sh", true]]);
});

it("leaves out what the revision has too, as often as it has it", async () => {
	const check = checkOf("words", linesWith("bad"));
	await writeFile(join(root, "a.txt"), "moved\nbad\nbad\n");
	const tree = await readTree(root, systemShell, signal);
	const { report } = await triageOf({}, [check], { tree });
	const before = findingsOf(
		await runStatic([check], await readRevision(root, "HEAD", systemShell, signal), { signal }),
	);
	const { findings, since } = sinceRevision(report, before, "HEAD");
	expect(findings.map(({ evidence }) => evidence[0])).toEqual([{ path: "a.txt", line: 3, text: "bad" }]);
	expect(since).toEqual({ revision: "HEAD", known: 2, notCompared: 0 });
});

it("compares no findings of instances, and says so", async () => {
	const { report } = await triageOf({ "a.txt": "bad\n" }, [checkOf("words", linesWith("bad"))]);
	const [finding] = report.findings as [(typeof report.findings)[0]];
	const running = { ...finding, check: "disk-space", code: "TR130", instance: "gpu-1" };
	const since = sinceRevision({ ...report, findings: [finding, running] }, [finding], "main");
	expect(since.since).toEqual({ revision: "main", known: 1, notCompared: 1 });
	expect(renderTriage(since)).toContain("1 finding of instances is not compared: main says nothing of what runs");
});

it.each(["nope", "--output=x", "HEAD:a.txt", ""])("refuses %j as a revision", async (revision) => {
	await expect(readRevision(root, revision, systemShell, signal)).rejects.toMatchObject({ code: "triage_revision" });
});

it("fetches nothing, and runs no program that the configuration names", async () => {
	const folder = await mkdtemp(join(tmpdir(), "cres-since-"));
	const run = async (...args: string[]) => {
		const { stdout } = await systemShell.run("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
			cwd: folder,
		});
		return stdout.trim();
	};
	await run("init", "-q");
	await writeFile(join(folder, "a.txt"), "bad\n");
	await run("add", "-A");
	await run("commit", "-q", "-m", "first");
	const oid = await run("rev-parse", "HEAD:a.txt");
	await rm(join(folder, ".git", "objects", oid.slice(0, 2)), { recursive: true });
	const settings = { "core.repositoryformatversion": "1", "extensions.partialClone": "origin" };
	const remote = { "remote.origin.promisor": "true", "remote.origin.url": `ext::touch ${folder}/ran` };
	for (const [name, value] of Object.entries({ ...settings, ...remote, "protocol.ext.allow": "always" }))
		await run("config", name, value);
	await expect(readRevision(folder, "HEAD", systemShell, signal)).rejects.toMatchObject({ code: "triage_revision" });
	await expect(access(join(folder, "ran"))).rejects.toThrow("ENOENT");
});

it("says so where there is no repository", async () => {
	const folder = await mkdtemp(join(tmpdir(), "cres-since-"));
	await expect(readRevision(folder, "HEAD", systemShell, signal)).rejects.toThrow(
		"HEAD is no revision that git can read here",
	);
	await rename(folder, `${folder}-gone`);
});
