import { mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "../../src/plan/document.ts";
import { localStamp, renderEntry, type PlanEntry } from "../../src/plan/entry.ts";
import { planPath, recordEntry } from "../../src/plan/plan-file.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { PLANTED, obeyed } from "../support/hostile.ts";

const entry = (title: string, more: Partial<PlanEntry> = {}): PlanEntry => ({
	at: new Date("2026-03-04T12:00:00Z"),
	title,
	objective: "run build `a`.",
	changes: ["cpu-1: `old` → `a`"],
	validation: [{ label: "Pollers observed", observed: ["`cpu@cpu-1/a-1` on `v@cpu` (workflow)"] }],
	rollback: ["`cres rollback cpu-1`"],
	...more,
});

describe("renderEntry", () => {
	it("has the canonical form", () => {
		const stamp = localStamp(entry("x").at);
		expect(renderEntry(entry("Deploy cpu-1", { rootCause: ["it broke"] })))
			.toBe(`## ${stamp.slice(0, 10)} - Deploy cpu-1

- Recorded: ${stamp}
- Objective: run build \`a\`.
- Root cause:
  - it broke
- Changes:
  - cpu-1: \`old\` → \`a\`

### Validation

- Pollers observed:
  - \`cpu@cpu-1/a-1\` on \`v@cpu\` (workflow)

### Rollback

1. \`cres rollback cpu-1\`
`);
	});

	it("keeps each item on one line and shows no secret", () => {
		new Secret("plan-sentinel-123");
		const text = renderEntry(entry("T", { changes: ["first\n## 2026-01-01 - Not a heading\nplan-sentinel-123"] }));
		expect(text).toContain("  - first ## 2026-01-01 - Not a heading [redacted]\n");
		expect(parse(text).entries).toHaveLength(1);
	});
});

describe("what an entry holds", () => {
	const bodyOf = (more: Partial<PlanEntry>) => renderEntry(entry("T", more)).split("\n").slice(3);

	it("leaves out lists without items", () => {
		const label = "Pollers observed";
		const validation = [
			{ label, observed: [] },
			{ label: "Health", observed: ["ok", "ready"] },
		];
		expect(bodyOf({ rootCause: [], changes: [], validation, rollback: ["one", "two"] })).toEqual([
			"- Objective: run build `a`.",
			"",
			"### Validation",
			"",
			"- Health:",
			"  - ok",
			"  - ready",
			"",
			"### Rollback",
			"",
			"1. one",
			"2. two",
			"",
		]);
	});

	it.each([
		..."# a|###### a|#|> a|>a|+ a|* a|- a|-|===|--|---|- - -|_ _ _|***|<b>|</b>|<!-- a|<?x|~~~|```|```sh".split("|"),
	])("escapes what would begin another block: %s", (text) => {
		expect(bodyOf({ changes: [], validation: [], rollback: [text] }).at(-2)).toBe(`1. \\${text}`);
	});

	it.each([
		"#a",
		"####### a",
		"+a",
		"*a*",
		"-a",
		"=a",
		"_a_",
		"-- a",
		"< a",
		"<3",
		"``a``",
		"```a``` b",
		"~~a~~",
		"a # b",
	])("leaves alone what begins none: %s", (text) => {
		expect(bodyOf({ changes: [], validation: [], rollback: [text] }).at(-2)).toBe(`1. ${text}`);
	});

	it.each([
		["1. a", "1\\. a"],
		["12) a", "12\\) a"],
		["1.", "1\\."],
		["1.5 a", "1.5 a"],
		["1234567890. a", "1234567890. a"],
		["a 1. b", "a 1. b"],
	])("takes no number for one of a list: %s", (text, written) => {
		expect(bodyOf({ changes: [], validation: [], rollback: [text] }).at(-2)).toBe(`1. ${written}`);
	});

	it("joins the lines of each text by one blank", () => {
		const text = renderEntry({
			...entry(" A \r\n\n title "),
			objective: "\nrun  it\n\n  now\n",
			rollback: ["`a`\r`b`"],
		});
		expect(text).toMatch(/^## \d{4}-\d\d-\d\d - A title\n/);
		expect(text).toContain("\n- Objective: run  it now\n");
		expect(text).toContain("\n1. `a` `b`\n");
	});
});

describe("localStamp", () => {
	it.each([
		[0, "2026-03-04 23:30:05 +00:00"],
		[-60, "2026-03-05 00:30:05 +01:00"],
		[-330, "2026-03-05 05:00:05 +05:30"],
		[300, "2026-03-04 18:30:05 -05:00"],
		[210, "2026-03-04 20:00:05 -03:30"],
		[-765, "2026-03-05 12:15:05 +12:45"],
	])("is the local time with its offset: %i minutes behind UTC", (behind, stamp) => {
		const at = Object.assign(new Date("2026-03-04T23:30:05.999Z"), { getTimezoneOffset: () => behind });
		expect(localStamp(at)).toBe(stamp);
	});
});

describe("recordEntry", () => {
	it("makes the file, then puts each entry on top, and leaves no temporary file", async () => {
		const root = await mkdtemp(join(tmpdir(), "cres-plan-"));
		await recordEntry(root, entry("One"));
		await recordEntry(root, entry("Two"));
		expect(parse(await readFile(planPath(root), "utf8")).entries.map(({ title }) => title)).toEqual(["Two", "One"]);
		expect(await readdir(join(root, "docs"))).toEqual(["PLAN.md"]);
	});

	it("keeps Windows line ends and the byte-order mark", async () => {
		const root = await mkdtemp(join(tmpdir(), "cres-plan-"));
		await mkdir(join(root, "docs"));
		await writeFile(planPath(root), "\uFEFF# PLAN\r\n\r\n## 2026-01-01 - A\r\n");
		await recordEntry(root, entry("B"));
		const text = await readFile(planPath(root), "utf8");
		expect(text.startsWith("\uFEFF# PLAN\r\n\r\n## ")).toBe(true);
		expect(text.replaceAll("\r\n", "")).not.toContain("\n");
		expect(text.endsWith("\r\n\r\n## 2026-01-01 - A\r\n")).toBe(true);
	});
});

it("A10: an entry holds no control character", () => {
	const rest = { at: new Date(0), title: PLANTED, objective: PLANTED, changes: [PLANTED] };
	const text = renderEntry({ ...rest, validation: [{ label: PLANTED, observed: [PLANTED] }], rollback: [PLANTED] });
	expect(obeyed(text)).toEqual([]);
});
