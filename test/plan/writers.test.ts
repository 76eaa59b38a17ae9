import { spawn, type ChildProcess } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { parse } from "../../src/plan/document.ts";
import { formatPlan } from "../../src/plan/fmt.ts";
import { planPath, recordEntry } from "../../src/plan/plan-file.ts";
import { ROOT } from "../support/sources.ts";
import { refusal } from "../support/refusal.ts";

const OLD = Array.from(
	{ length: 500 },
	(_, at) => `## 2026-01-01 - Old ${at}\n\n- Objective: x.\n\n### Rollback\n\n1. undo ${at}\n`,
).join("\n");
const TABLE = "# PLAN\n\n## Table of Contents\n\n| Date | Plan | Status |\n| --- | --- | --- |\n\n";

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-writers-"));
	await mkdir(join(root, "docs"));
});

const entry = (title: string) => ({
	at: new Date("2026-01-02T03:04:05Z"),
	...{ title, objective: "run.", changes: ["y"], validation: [], rollback: ["the last line"] },
});

/** A process of its own that writes entries `name 0`, `name 1`, … */
function writer(name: string, count: number): ChildProcess {
	const script = `
		import { recordEntry } from ${JSON.stringify(join(ROOT, "src/plan/plan-file.ts"))};
		for (let at = 0; at < ${count}; at++)
			await recordEntry(${JSON.stringify(root)}, { at: new Date(), title: ${JSON.stringify(name)} + " " + at, objective: "run.",
				changes: ["y"], validation: [], rollback: ["the last line"] });
	`;
	const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
		stdio: ["ignore", "ignore", "inherit"],
	});
	onTestFinished(() => void child.kill("SIGKILL")); // it would write on when its test has failed
	return child;
}

const ended = (child: ChildProcess): Promise<number | null> => new Promise((resolve) => child.once("close", resolve));
const titles = async (): Promise<string[]> =>
	parse(await readFile(planPath(root), "utf8")).entries.map(({ title }) => title);

describe("two processes that write at once", () => {
	it("lose nothing, and the table of contents has every entry", async () => {
		await writeFile(planPath(root), TABLE + OLD);
		const codes = await Promise.all([ended(writer("one", 8)), ended(writer("two", 8)), formatPlan(root, FORMAT)]);
		expect(codes.slice(0, 2)).toEqual([0, 0]);
		const text = await readFile(planPath(root), "utf8");
		expect(text.endsWith(OLD)).toBe(true);
		const written = (await titles()).slice(0, -500);
		const wanted = ["one", "two"].flatMap((name) => Array.from({ length: 8 }, (_, at) => `${name} ${at}`));
		expect(written.toSorted()).toEqual(wanted.toSorted());
		expect(text.match(/^\| 2\d{3}-/gm)).toHaveLength(516);
	});
});

const FORMAT = { entries: [], contents: false, check: false };

describe("a process that is killed while it writes", () => {
	it("leaves a whole document, and the next one writes on and tidies up", async () => {
		await writeFile(planPath(root), `# PLAN\n\n${OLD}`);
		for (let round = 0; round < 4; round++) {
			const child = writer(`round ${round}`, 10_000);
			const before = (await titles()).length;
			while ((await titles()).length < before + 2) await delay(5);
			await delay(round * 3);
			child.kill("SIGKILL");
			await ended(child);
			const { entries } = parse(await readFile(planPath(root), "utf8"));
			expect(entries.slice(0, -500).filter(({ text }) => !text.includes("1. the last line\n"))).toEqual([]);
			expect((await readFile(planPath(root), "utf8")).endsWith(OLD)).toBe(true);
		}
		await writeFile(`${planPath(root)}.0123456789ab.tmp`, "half of it");
		await recordEntry(root, entry("After"));
		expect((await titles())[0]).toBe("After");
		expect(await readdir(join(root, "docs"))).toEqual(["PLAN.md"]);
	});
});

describe("a read-only file", () => {
	it("stays as it is; the error has the entry and what to type", async () => {
		await writeFile(planPath(root), `# PLAN\n\n${OLD}`);
		await chmod(planPath(root), 0o444);
		const { code, message, hint } = await refusal(recordEntry(root, entry("New"), { hint: "try again" }));
		expect([code, hint]).toEqual(["plan_unwritable", `chmod u+w ${planPath(root)}`]);
		expect(message).toMatch(/PLAN\.md could not be written \(it is read-only\); its entry is:\n\n## 2026-01-0/);
		expect(await refusal(formatPlan(root, { ...FORMAT, contents: true }))).toMatchObject({ code: "plan_unwritable" });
		expect(await readFile(planPath(root), "utf8")).toBe(`# PLAN\n\n${OLD}`);
	});

	it("of a rollout is told with what was done", async () => {
		await writeFile(planPath(root), "# PLAN\n");
		await chmod(planPath(root), 0o444);
		expect((await refusal(recordEntry(root, entry("New")))).hint).toContain("the rollout itself is done");
	});
});
