import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { lintAgainstGit } from "../../src/plan/lint-git.ts";
import { planPath } from "../../src/plan/plan-file.ts";
import { readPlan } from "../../src/plan/reader.ts";
import { stagedChanges, type GitPorts } from "../../src/plan/staged.ts";
import { systemShell } from "../../src/system/shell.ts";
import { refusal } from "../support/refusal.ts";

let top: string;
let root: string;
let ports: GitPorts;
const git = (...args: string[]): string =>
	execFileSync("git", ["-c", "user.name=n", "-c", "user.email=n@e.org", ...args], { cwd: top, encoding: "utf8" });

/** A project in a folder of its repository. */
beforeEach(async () => {
	top = await mkdtemp(join(tmpdir(), "cres-git-"));
	root = join(top, "sub");
	await mkdir(join(root, "docs"), { recursive: true });
	git("init", "-q", "-b", "main");
	ports = { root, shell: systemShell, signal: new AbortController().signal };
});

describe("what is staged", () => {
	it("is named below the project: changes of type too, without docs/PLAN.md and what is not staged", async () => {
		await writeFile(join(root, "type"), "x");
		await writeFile(join(root, "changed"), "x");
		git("add", ".");
		git("commit", "-qm", "x");
		await rm(join(root, "type"));
		await symlink("changed", join(root, "type"));
		await writeFile(join(top, "outside"), "new");
		await writeFile(planPath(root), "# PLAN\n");
		git("add", ".");
		await writeFile(join(root, "changed"), "y");
		expect(await stagedChanges(ports)).toEqual(["`../outside` (new)", "`type` (another type)"]);
	});

	it("is a hundred files, and how many more", async () => {
		const write = async (count: number): Promise<string[]> => {
			for (let at = 0; at < count; at++) await writeFile(join(root, `f${String(at).padStart(3, "0")}`), "");
			git("add", ".");
			return stagedChanges(ports);
		};
		expect((await write(100)).at(-1)).toBe("`f099` (new)");
		const changes = await write(103);
		expect([changes.length, changes.at(-2), changes.at(-1)]).toEqual([101, "`f099` (new)", "and 3 more files"]);
	});

	it("is nothing where git has nothing, is no repository, or is not there", async () => {
		const codes = { code: "plan_no_changes", hint: expect.stringContaining("git add") };
		expect(await refusal(stagedChanges(ports))).toMatchObject(codes);
		await writeFile(planPath(root), "# PLAN\n");
		git("add", ".");
		expect(await refusal(stagedChanges(ports))).toMatchObject(codes);
		const elsewhere = await mkdtemp(join(tmpdir(), "cres-git-"));
		expect(await refusal(stagedChanges({ ...ports, root: elsewhere }))).toMatchObject(codes);
		const shell = { ...systemShell, run: () => Promise.reject(new Error("no git")) };
		expect(await refusal(stagedChanges({ ...ports, shell }))).toMatchObject(codes);
	});

	it("is not asked for any more when the command is stopped", async () => {
		const stopped = new AbortController();
		stopped.abort(new Error("stopped"));
		await expect(stagedChanges({ ...ports, signal: stopped.signal })).rejects.toThrow("stopped");
	});
});

describe("an entry against git", () => {
	const lint = async (text: string) => {
		await writeFile(planPath(root), text);
		return (await lintAgainstGit(ports, readPlan(text).entries))?.map(({ line, message }) => [line, message]);
	};
	const commit = (date: string): void => {
		git("add", ".");
		const dates = { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date };
		execFileSync("git", ["-c", "user.name=n", "-c", "user.email=n@e.org", "commit", "-qm", "x"], {
			...{ cwd: top, env: { ...process.env, ...dates } },
		});
	};
	const entry = (date: string, changes: string[], more = "") =>
		`## ${date} - A\n\n${more}- Changes:\n${changes.map((one) => `  - ${one}\n`).join("")}\n`;

	it("holds each entry against its own commit: files, folders and names, in a folder of the repository", async () => {
		await writeFile(join(root, "ü b.md"), "1");
		await mkdir(join(root, "deep"));
		await writeFile(join(root, "deep", "x.md"), "1");
		const first = entry("2026-01-01", ["`ü b.md`", "`deep/`", "`./deep/x.md`", "`deep\\x.md`", "`x.md`", "`eep/x.md`"]);
		await writeFile(planPath(root), `# PLAN\n\n${first}`);
		commit("2026-01-01T12:00:00+0000");
		await writeFile(join(root, "later.md"), "1");
		const text = `# PLAN\n\n${entry("2026-01-02", ["`later.md`", "`deep/x.md`"])}${first}`;
		await writeFile(planPath(root), text);
		commit("2026-01-02T12:00:00+0000");
		expect(await lint(text)).toEqual([
			[7, expect.stringMatching(/^deep\/x\.md is not in commit [0-9a-f]{8}$/)],
			[17, expect.stringMatching(/^eep\/x\.md is not in commit/)],
		]);
	});

	it("takes both ends of a rename for touched", async () => {
		await writeFile(join(root, "old.md"), "text\n".repeat(9));
		await writeFile(planPath(root), "# PLAN\n");
		commit("2026-01-01T12:00:00+0000");
		git("mv", "sub/old.md", "sub/new.md");
		const text = `# PLAN\n\n${entry("2026-01-01", ["`old.md`", "`new.md`"])}`;
		await writeFile(planPath(root), text);
		expect(await lint(text)).toEqual([]);
		commit("2026-01-01T12:00:00+0000");
		expect(await lint(text)).toEqual([]);
	});

	it("takes what is new and not yet known to git for changed", async () => {
		await writeFile(planPath(root), "# PLAN\n");
		commit("2026-01-01T12:00:00+0000");
		await mkdir(join(root, "fresh"));
		await writeFile(join(root, "fresh", "a b.md"), "1");
		expect(await lint(`# PLAN\n\n${entry("2026-01-01", ["`fresh/a b.md`", "`PLAN.md`", "`gone.md`"])}`)).toEqual([
			[8, "gone.md is not among the changes since the last commit"],
		]);
	});

	it.each([
		["2026-01-02T00:30:00+0200", "2026-01-02", []],
		["2026-01-02T00:30:00+0200", "2026-01-01", ["2026-01-02"]],
		["2026-01-01T20:00:00-0530", "2026-01-01", []],
		["2026-01-01T20:00:00-0530", "2026-01-02", ["2026-01-01"]],
		["2026-01-01T20:00:00-0530", "2026-01-04", []],
		["2026-01-01T00:10:00+0030", "2026-01-01", []],
	])("of %s, dated %s, is dated in the zone of its author", async (authored, date, days) => {
		const text = `# PLAN\n\n${entry(date, ["x"])}`;
		await writeFile(planPath(root), text);
		commit(authored);
		const found = await lint(text);
		expect(found).toEqual(
			days.map((day) => [3, expect.stringMatching(`^the heading says ${date}, commit [0-9a-f]{8} is of ${day}$`)]),
		);
		const stamped = text.replace("- Changes", `- Executed: ${date} 10:00\n- Changes`);
		await writeFile(planPath(root), stamped);
		git("commit", "-qam", "x", `--date=${authored}`);
		expect(await lint(stamped)).toEqual([]);
	});
});
