import { mkdir, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { formatPlan, formatted, type FormatOptions } from "../../src/plan/fmt.ts";
import { namesOf } from "../../src/plan/select.ts";
import { parse } from "../../src/plan/document.ts";
import { insertEntry } from "../../src/plan/document.ts";
import { planPath, recordEntry } from "../../src/plan/plan-file.ts";
import { refusal } from "../support/refusal.ts";

const OURS = "## 2026-01-02 - A\n\n- Objective: x.\n\n### Validation\n\n### Rollback\n\n1. undo\n";
const LOOSE = "## 2026-01-01 – B\n* Objective: y.\n";
const BROKEN = "## 2026-01-01 - C\n\n- Objective: a  \n  b\n";
const CANONICAL = "## 2026-01-01 - B\n\n- Objective: y.\n\n### Validation\n\n### Rollback\n";

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-fmt-"));
	await mkdir(join(root, "docs"));
});

describe("formatting the file", () => {
	const OPTIONS: FormatOptions = { entries: [], contents: false, check: false };
	const format = (options: Partial<FormatOptions> = {}) => formatPlan(root, { ...OPTIONS, ...options });
	const read = (): Promise<string> => readFile(planPath(root), "utf8");

	it("changes what is asked for, says what that was, and has nothing to do after it", async () => {
		const text = `# PLAN\n${OURS}\n${LOOSE}`;
		await writeFile(planPath(root), text);
		const [ours, loose] = namesOf(parse(text)).map(({ id }) => id);
		const report = { document: "docs/PLAN.md", head: true, entries: [loose], kept: [] };
		const all = { entries: "all" as const, contents: true };
		expect(await format({ ...all, check: true })).toEqual({ ...report, outcome: "differs" });
		expect(await read()).toBe(text);
		expect(await format({ entries: [ours!] })).toEqual({ ...report, outcome: "formatted", entries: [] });
		expect(await read()).toBe(`# PLAN\n\n${OURS}\n${LOOSE}`);
		expect(await format(all)).toEqual({ ...report, outcome: "formatted" });
		const written = await read();
		expect(written).toContain("\n## Table of Contents\n");
		expect(written.endsWith(`| - |\n\n${OURS}\n${CANONICAL}`)).toBe(true);
		const { mtimeNs } = await stat(planPath(root), { bigint: true });
		expect(await format(all)).toEqual({ ...report, outcome: "unchanged", head: false, entries: [] });
		expect((await stat(planPath(root), { bigint: true })).mtimeNs).toBe(mtimeNs);
	});

	it("leaves a file that is not there alone, and refuses an entry that nobody knows", async () => {
		expect(await format({ entries: "all", contents: true })).toMatchObject({ outcome: "unchanged" });
		await expect(read()).rejects.toMatchObject({ code: "ENOENT" });
		expect(await refusal(format({ entries: ["gone"] }))).toMatchObject({ code: "plan_entry_unknown" });
	});
});

describe("an entry that is written again", () => {
	const text = (source: string, entries: string[] | "all" = "all") => formatted(source, { entries, contents: false });

	it.each([
		["# PLAN\n", "# PLAN\n\n"],
		["# PLAN\n\n", "# PLAN\n\n"],
		["# PLAN\r\n", "# PLAN\r\n\r\n"],
		["", ""],
		["\n", "\n"],
	])("has a blank line above it below a head: %j", (head, wanted) => {
		const end = head.includes("\r") ? "\r\n" : "\n";
		const next = text(head + LOOSE.replaceAll("\n", end)).text;
		expect(next).toBe(wanted + CANONICAL.replaceAll("\n", end));
	});

	it("stays as it is where its form would say something else, and is named then", () => {
		const source = `# PLAN\n\n${BROKEN}\n${LOOSE}`;
		const [broken, loose] = namesOf(parse(source)).map(({ id }) => id);
		expect(text(source)).toMatchObject({
			...{ kept: [broken], entries: [loose], text: `# PLAN\n\n${BROKEN}\n${CANONICAL}` },
		});
		expect(text(`# PLAN\n${BROKEN}`)).toMatchObject({ text: undefined, head: false, entries: [] });
	});

	it("is followed by one blank line, and at the end of the file by none", () => {
		expect(text(`${OURS}\n\n\n${LOOSE}\n\n`, ["1"]).text).toBe(`${OURS}\n${LOOSE}\n\n`);
		expect(text(`${OURS}${LOOSE}\n\n`, ["2"]).text).toBe(`${OURS}${CANONICAL}`);
	});
});

describe("a table of contents", () => {
	const head = "# PLAN\n\n## Contents\n\n| Date | Plan |\n|---|---|\n\n";
	const entry = { at: new Date(0), title: "New", objective: "x", changes: [], validation: [], rollback: ["y"] };

	it("has a row of what is recorded, where there is one or one is asked for", async () => {
		await writeFile(planPath(root), head + OURS);
		await recordEntry(root, entry);
		expect(await readFile(planPath(root), "utf8")).toMatch(
			/\|---\|---\|\n\| 19[67]\d-\d\d-\d\d \| \[New\].*\n\| 2026-01-02 \| \[A\]/,
		);
		await writeFile(planPath(root), "# PLAN\n");
		await recordEntry(root, entry);
		expect(await readFile(planPath(root), "utf8")).not.toContain("|");
		await recordEntry(root, entry, { contents: true });
		expect((await readFile(planPath(root), "utf8")).match(/^\| \d.*\[New\]/gm)).toHaveLength(2);
	});
});

describe("an entry that is inserted", () => {
	const NEW = "## 2026-01-03 - N\n";
	const refusedAt = (text: string): number | undefined => {
		try {
			insertEntry(text, NEW);
			return undefined;
		} catch (error) {
			return Number(/^docs\/PLAN\.md:(\d+) is an entry of another form/.exec((error as Error).message)?.[1]);
		}
	};
	it.each([
		["---\ntitle: x\n---\n", "---\ntitle: x\n---\n\n"],
		["---\ntitle: x\n...\n", "---\ntitle: x\n...\n\n"],
		["\uFEFF---\r\n'a-b' : x\r\n---\t\r\n", "\uFEFF---\r\n'a-b' : x\r\n---\t\r\n\r\n"],
		["---\ntitle: x", "---\ntitle: x\n\n"],
		["text", "text\n\n"],
		["text\r", "text\r\r"],
	])("stands below %j", (head, above) => {
		const end = /\r\n|\r|\n/.exec(head)?.[0] ?? "\n";
		expect(insertEntry(head, NEW)).toBe(above + NEW.replaceAll("\n", end));
	});

	it.each([
		["2026-01-01: kick-off\n", 1],
		["1. 2026-01-01 x\n", 1],
		["1) [2026-01-01] x\n", 1],
		["+ `2026-01-01` x\n", 1],
		["text\n\n  - 2026-01-01 x\n", 3],
		["  2026-01-01 x\n", 1],
		["a\n\n## 3rd of May, 2026\n", undefined],
		["a\n\n## 3rd May, 2026\n", 3],
		["a\n\n## May 3rd 2026\n", 3],
		["a\n\n## 3 Sept. 2026\n", 3],
		["a\n\n## 2026年1月\n", 3],
		["a\n\n## 1-1-2026\n", 3],
		["a\n\n## 2026.1.1\n", 3],
		["a\n\n## 20261301\n", undefined],
		["a\n\n## 20260132\n", undefined],
		["a\n\n## 120260101\n", undefined],
		["a\n\n## 12026-01-01\n", undefined],
		["a\n\n## 2026-01-011\n", undefined],
		["a\n\n## Plan until 2026-01-01\n", undefined],
		["a\n\n## Untilx 2026-01-01\n", 3],
		["> 2026-01-01 x\n", undefined],
		["```\n2026-01-01 x\n```\n", undefined],
		["text\n2026-01-01 x\n", undefined],
		["- a\n  - 2026-01-01 x\n", undefined],
		["\uFEFF\n2026-01-01 x\n", 2],
		["---\ntitle: x\n---\n2026-01-01 x\n", 4],
		["---\ntitle: x\n---\n# PLAN\n\n- 2026-01-01 x\n- 2026-01-02 y\n", 6],
		["---\n2026-01-01 x\n---\n", 2],
	])("is refused by dates of another form, with their line: %j", (text, line) => {
		expect(refusedAt(text)).toBe(line);
	});
});
