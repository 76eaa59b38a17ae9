import { mkdir, mkdtemp, readFile, readdir, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { assertTakesEntries, planPath, recordEntry } from "../../src/plan/plan-file.ts";
import { claimOf } from "../../src/state/claim.ts";
import { sharedLock } from "../../src/state/directory.ts";
import { takeLock } from "../../src/state/lock.ts";
import { systemClock } from "../../src/system/clock.ts";

const entry = {
	at: new Date("2026-01-02T03:04:05Z"),
	title: "Deploy cpu-1",
	objective: "run a build.",
	changes: ["cpu-1"],
	validation: [],
	rollback: ["`cres rollback cpu-1`"],
};

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-plan-"));
});

describe("recordEntry", () => {
	it("makes the file, and keeps every byte of one that is there", async () => {
		await recordEntry(root, entry);
		const first = await readFile(planPath(root), "utf8");
		expect(first).toMatch(/^# PLAN\n\n## 2026-01-0\d - Deploy cpu-1\n/);
		await recordEntry(root, { ...entry, title: "Deploy cpu-2" });
		const second = await readFile(planPath(root), "utf8");
		expect(second.endsWith(first.slice("# PLAN\n\n".length))).toBe(true);
		expect(await readdir(join(root, "docs"))).toEqual(["PLAN.md"]);
	});

	it("loses no entry when many are written at once", async () => {
		const titles = Array.from({ length: 8 }, (_, index) => `Deploy ${index}`);
		await Promise.all(titles.map((title) => recordEntry(root, { ...entry, title })));
		const text = await readFile(planPath(root), "utf8");
		expect(titles.filter((title) => !text.includes(title))).toEqual([]);
	});

	it("takes over a lock that a crash left", async () => {
		const gone = { ...claimOf("write", systemClock), pid: 2 ** 22 + 1 };
		await takeLock(sharedLock(root, "plan"), gone, { clock: systemClock });
		await recordEntry(root, entry);
		expect(await readFile(planPath(root), "utf8")).toContain("Deploy cpu-1");
	});

	it("hands the entry out when the file cannot be written", async () => {
		await mkdir(planPath(root), { recursive: true });
		await expect(recordEntry(root, entry)).rejects.toMatchObject({
			code: "plan_unwritable",
			message: expect.stringMatching(/PLAN\.md could not be written \(EISDIR[^)]*\); its entry is:\n\n## 2026-01-0/),
			hint: expect.stringContaining("by hand"),
		});
	});

	it("waits while another process writes", async () => {
		const lock = await takeLock(sharedLock(root, "plan"), claimOf("write", systemClock), { clock: systemClock });
		const recorded = recordEntry(root, entry);
		await delay(120);
		await expect(readFile(planPath(root))).rejects.toMatchObject({ code: "ENOENT" });
		await lock.release();
		await recorded;
		expect(await readFile(planPath(root), "utf8")).toContain("Deploy cpu-1");
	});

	it("gives up where an editor writes all the time, and hands the entry out", async () => {
		await mkdir(join(root, "docs"));
		await writeFile(planPath(root), "# PLAN\n");
		const done = new AbortController();
		let time = 1e9;
		const touch = async () => {
			while (!done.signal.aborted) await utimes(planPath(root), time, time++);
		};
		const editors = [touch(), touch(), touch()];
		await expect(recordEntry(root, entry)).rejects.toMatchObject({
			code: "plan_contended",
			message: expect.stringMatching(/PLAN\.md could not be written \(somebody [^)]*\); its entry is:\n\n## 2026-01-0/),
			cause: expect.objectContaining({ code: "plan_contended" }),
		});
		done.abort();
		await Promise.all(editors);
		expect(await readFile(planPath(root), "utf8")).toBe("# PLAN\n");
	});
});

describe("assertTakesEntries", () => {
	it("is content with no file, and with entries of ours, and writes nothing", async () => {
		await assertTakesEntries(root);
		expect(await readdir(root)).toEqual([]);
		await recordEntry(root, entry);
		const before = await readFile(planPath(root), "utf8");
		await assertTakesEntries(root);
		expect(await readFile(planPath(root), "utf8")).toBe(before);
	});

	it("tells of entries of another form before a rollout, as writing would after it", async () => {
		await mkdir(join(root, "docs"));
		await writeFile(planPath(root), "# PLAN\n\n## 2026-10-01: kick-off\n\nWords.\n");
		await expect(assertTakesEntries(root)).rejects.toMatchObject({ code: "plan_style" });
		await expect(recordEntry(root, entry)).rejects.toMatchObject({ code: "plan_style" });
	});
});
