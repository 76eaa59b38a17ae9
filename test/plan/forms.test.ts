import { describe, expect, it } from "vitest";
import { anchorsOf } from "../../src/plan/anchors.ts";
import { canonicalEntry } from "../../src/plan/canonical.ts";
import { contentsOf, withContents } from "../../src/plan/contents.ts";
import { parse } from "../../src/plan/document.ts";
import { recordedStamp, stampOf } from "../../src/plan/stamp.ts";
import { revertedBy, statusOf } from "../../src/plan/status.ts";
import { isNextDay, zoneDrift } from "../../src/plan/zone.ts";
import { readPlan } from "../../src/plan/reader.ts";

const HEADER = "| Date | Plan | Status | Completed |\n| --- | :-: | ---: | --- |\n";
const ENTRY = "## 2026-01-01 - A\n\n- Objective: x.\n";

describe("a table of contents", () => {
	it.each([
		["## Table of Contents\n\n", HEADER],
		["# contents #\n", HEADER],
		["## Contents\nwords | and words\n\n", HEADER],
		["## Contents\n\n| a | b |\n|---|---|\n| x | y |\n\n", HEADER],
		["## Contents\n\n", "Date | Title\n--- | ---\n"],
		["## Contents\n\n", "| Entries |\n|-|\n"],
		["## Contents\n\nnone\n\n## Contents\n\n", HEADER],
	])("is the table with links below its heading: %j", (above, header) => {
		const head = `# PLAN\n\n${above}${header}| 2026-01-01 | [A](#a) | x | - |\n\nbelow | it\n\n`;
		const contents = contentsOf({ head })!;
		const lines = head.split("\n");
		expect([lines[contents.from], lines[contents.to]]).toEqual([header.split("\n")[0], ""]);
		expect(contents.rows).toMatchObject([{ line: contents.from + 3, target: "a", title: "A" }]);
	});

	it.each([
		`# PLAN\n\n${HEADER}`,
		`# PLAN\n\n## Contents of it\n\n${HEADER}`,
		`# PLAN\n\n## My contents\n\n${HEADER}`,
		`# PLAN\n\n## Contents\n\n## Other\n\n${HEADER}`,
		"# PLAN\n\n## Contents\n\n| Date | State |\n|---|---|\n| x | y |\n",
		"# PLAN\n\n## Contents\n\n| Date | Plan |\n",
		"# PLAN\n\n## Contents\n\n| Date | Plan |\n| x | y |\n",
		"# PLAN\n\n## Contents\n\n| Date | Plan |\n\n| --- | --- |\n",
		"# PLAN\n\n## Contents\n\nDate, Plan\n---\n",
		"# PLAN\n\n## Contents\n\n| Date | Plan |\n---\n",
		`# PLAN\n\n\`\`\`\n## Contents\n\`\`\`\n\n${HEADER}`,
	])("is none in %j", (head) => {
		expect(contentsOf({ head })).toBeUndefined();
	});

	const row = (header: string, old: string, entry = ENTRY): string => {
		const head = `# PLAN\n\n## Contents\n\n| ${header} |\n| --- |\n${old}\n`;
		return withContents(parse(head + entry)).split("\n")[6]!;
	};
	const DONE = "## 2026-01-01 - A\n\n- Recorded: 2026-01-01 10:11:12 +00:00\n\n### Validation\n\n- seen\n";
	it.each([
		["Date | Plan", "", "| 2026-01-01 | [A](#2026-01-01---a) |"],
		["Dates | Plans", "", "| - | [A](#2026-01-01---a) |"],
		["Date and day | Title", "", "| 2026-01-01 | [A](#2026-01-01---a) |"],
		[
			"Plan | Date | Own | More",
			"| [A](#2026-01-01---a) | x | mine |\n",
			"| [A](#2026-01-01---a) | 2026-01-01 | mine | - |",
		],
		[
			"Entry | Date | Own",
			"| [A](<#2026-01-01---a>) | x | a \\| b |\n",
			"| [A](#2026-01-01---a) | 2026-01-01 | a \\| b |",
		],
		["Plan | Date | Own", "| [A](#old) | 2026-01-01 | mine |\n", "| [A](#2026-01-01---a) | 2026-01-01 | mine |"],
		["Plan | Date | Own", "| [B](#old) | 2026-01-01 | mine |\n", "| [A](#2026-01-01---a) | 2026-01-01 | mine |"],
		[
			"Plan | Date | Own",
			"| [B](#b) | 2026-01-01 | mine |\n| [C](#c) | 2026-01-01 | too |\n",
			"| [A](#2026-01-01---a) | 2026-01-01 | - |",
		],
		["Plan | Date | Own", "| [B](#old) | 2026-01-02 | mine |\n", "| [A](#2026-01-01---a) | 2026-01-01 | - |"],
		["Plan | Date | Own", "| [Old](#2026-01-01---a) | x | mine |\n", "| [A](#2026-01-01---a) | 2026-01-01 | mine |"],
		[
			"Plan | Date | Own",
			"| [A](#old) | 2026-01-01 | mine |\n| [C](#c) | 2026-01-01 | x |\n",
			"| [A](#2026-01-01---a) | 2026-01-01 | mine |",
		],
		["Plan | Status | Completed", "", "| [A](#2026-01-01---a) | `[PENDING]` | - |"],
		[
			"Plan | Status | Time",
			"| [A](#2026-01-01---a) | kept | 01:02:03 |\n",
			"| [A](#2026-01-01---a) | kept | 01:02:03 |",
		],
	])("has the cells of the columns %j where it had %j", (header, old, wanted) => {
		expect(row(header, old)).toBe(wanted);
	});

	it("has the state and the time of what cres has observed, in the columns for them", () => {
		const old = "| [A](#2026-01-01---a) | old | old | old | old |\n";
		expect(row("Plan | The status | Completion | Time of it | Times", old, DONE)).toBe(
			"| [A](#2026-01-01---a) | `[DONE]` | 10:11:12 | 10:11:12 | old |",
		);
	});

	it("keeps a row for one entry of two on a day where only one of them has lost its own", () => {
		const head = `# PLAN\n\n## Contents\n\n| Date | Plan | Own |\n|---|---|---|\n| 2026-01-01 | [B](#2026-01-01---b) | b |\n| 2026-01-01 | [old](#old) | a |\n\n`;
		const rows = withContents(parse(`${head}${ENTRY}${ENTRY.replace("- A", "- B")}`))
			.split("\n")
			.slice(6, 8);
		expect(rows.map((one) => one.slice(-5))).toEqual(["| a |", "| b |"]);
	});
});

describe("anchors", () => {
	it("are also what a tag names, and headings in every form, but none in code", () => {
		const text = `# Head #\n\n<a id="one"></a> <a\n name="two"> <b id="no">\n\n${ENTRY}\ntext\n\n   ### Three  ##\n####### no\n    # no\n#no\n\n<a href="x" name="four">\n\nFive\n---\n\n\`\`\`\n# no\n\`\`\`\n\n### A\n###\n`;
		const { all } = anchorsOf(parse(text));
		expect([...all].toSorted()).toEqual(["", "2026-01-01---a", "a", "five", "four", "head", "one", "three", "two"]);
		const plain = anchorsOf(
			parse(`\uFEFF# Head\n\n${ENTRY}### Three ##\n   # Four\n    # no\n####### no\n#no\n#\tFive\t#\n`),
		);
		expect([...plain.all].toSorted()).toEqual(["2026-01-01---a", "five", "four", "head", "three"]);
	});

	it("are numbered as GitHub does where a number is taken", () => {
		const headings = ["A", "A", "A-1", "A", "a-1"].map((one) => `### ${one}\n`).join("\n");
		expect([...anchorsOf(parse(`${ENTRY}${headings}`)).all].slice(0, 5)).toEqual(["a", "a-1", "a-1-1", "a-2", "a-1-2"]);
	});
});

describe("a stamp", () => {
	it.each([
		["- Recorded: 2026-01-01 10:00:00 +01:00", "2026-01-01 10:00:00 +01:00"],
		["- Recorded: 2026-01-01 10:00:00 +01:00 by me", undefined],
		["  - Recorded: 2026-01-01 10:00:00 +01:00", undefined],
		["- Recorded: 2026-01-01 10:00:00", undefined],
		["* Executed: 2026-01-01 10:00", "2026-01-01 10:00"],
		["- Executed time: 2026-01-01 10:00:00 +01:00 by hand", "2026-01-01 10:00:00 +01:00"],
		["- Executed time: 2026-01-01 10:00:00Z", "2026-01-01 10:00:00Z"],
		["- Executed: 2026-01-01 10:00 UTC", "2026-01-01 10:00 UTC"],
		["- Executed times: 2026-01-01 10:00", undefined],
		["x - Executed: 2026-01-01 10:00", undefined],
		["- Executed: 2026-01-01", undefined],
	])("of %j", (line, stamp) => {
		const text = `${ENTRY}${line}\r\nmore`;
		expect(stampOf(text)).toBe(stamp);
		expect(recordedStamp(text)).toBe(line.includes("Recorded") ? stamp : undefined);
	});

	it("of the record comes before that of the execution", () => {
		expect(stampOf("- Executed: 2026-01-01 10:00\n- Recorded: 2026-01-02 10:00:00 +01:00")).toMatch(/^2026-01-02/);
	});
});

describe("a status", () => {
	const of = (body: string, title = "A") =>
		statusOf({ text: `## 2026-01-01 - ${title}\n${body}`, title }, ["a"], new Set());
	const RECORDED = "- Recorded: 2026-01-01 10:11:12 +00:00\n";
	it.each([
		["no stamp and no check", "### Validation\n\n- seen\n", undefined],
		["a check in a deep list", "### Validation\n\n- a\n\t  * `check: x` → passed\n", "DONE"],
		["words behind the check", "- `check: x` → passed: it\n- see `check: y` → failed\n", "DONE"],
		["an outcome that nobody knows", "- `check: x` → fine\n", "PENDING"],
		["an observation", `${RECORDED}### Validation  \r\n\r\n- seen\r\n`, "DONE"],
		["an empty validation", `${RECORDED}### Validation\n\n### Rollback\n\n1. x\n`, "PENDING"],
		["no validation", RECORDED, "PENDING"],
	])("with %s", (_what, body, status) => {
		expect(of(body)).toBe(status);
	});

	it.each([
		["Deploy x failed", "REVERTED"],
		["Deploy x failed, and so did going back", "PENDING"],
		["Deploy x was interrupted", "PENDING"],
		["Deploy x failed again", "DONE"],
		["unfailed", "DONE"],
		["Deploy x was interrupted twice", "DONE"],
	])("of %s", (title, status) => {
		expect(of(`${RECORDED}\n### Validation\n\n- seen\n`, title)).toBe(status);
	});

	it("is that of what another one takes back: by link, by id, several", () => {
		const entry = (more: string) => `## 2026-01-01 - A\n\n${more}`;
		const taken = revertedBy(
			parse(entry("- Reverts: [x](#a), [y](<#b>)\r\n") + entry("- Reverts:  0123abcd \n") + entry("x - Reverts: no\n")),
		);
		expect([...taken]).toEqual(["[x](#a), [y](<#b>)", "a", "b", "0123abcd"]);
		expect(statusOf({ text: "", title: "" }, ["0", "b"], taken)).toBe("REVERTED");
	});
});

describe("a zone", () => {
	const drift = (head: string, stamp: string, date = "2026-07-12") =>
		zoneDrift(head, readPlan(`## ${date} - A\n\n- Executed: ${stamp}\n`).entries).map(({ message }) => message);

	it.each<[string, string, string[]]>([
		["Time zone: America/New_York", "2026-07-12 20:00:00 -04:00", []],
		[
			"timezone is **Europe/Berlin**",
			"2026-07-12 20:00 +01:00",
			["2026-07-12 20:00 +01:00 has the offset +01:00, but Europe/Berlin is at +02:00 then"],
		],
		["Time-Zone America/Argentina/Buenos_Aires", "2026-07-12T20:00:00.5-03:00", []],
		[
			...["Time-Zone America/Argentina/Buenos_Aires", "2026-07-12 20:00:00 -04:00"],
			["2026-07-12 20:00:00 -04:00 has the offset -04:00, but America/Argentina/Buenos_Aires is at -03:00 then"],
		] as [string, string, string[]],
		["Time zone Africa/Abidjan", "2026-07-12 20:00:00 +0000", []],
		["Time zone: No/Where", "2026-07-12 20:00:00 +01:00", []],
		["Zone Europe/Berlin", "2026-07-12 20:00:00 +01:00", []],
		["Time zone Europe/Berlin", "2026-07-12 20:00:00", []],
		["Time zone Europe/Berlin", "2026-07-12 29:00:00 +01:00", []],
	])("%s with %s", (head, stamp, messages) => {
		expect(drift(head, stamp)).toEqual(messages);
	});

	it("is another one a day apart, either way", () => {
		expect(isNextDay("2026-01-01", "2026-01-02") && isNextDay("2026-03-01", "2026-02-28")).toBe(true);
		expect(isNextDay("2026-01-01", "2026-01-01") || isNextDay("2026-01-01", "2026-01-03")).toBe(false);
		expect(drift("", "2026-07-12 20:00:00 +01:00", "2026-07-11")).toEqual([
			"the heading says 2026-07-11, the stamp 2026-07-12",
		]);
	});
});

describe("the canonical form", () => {
	it("is not for a heading that it would make an entry of", () => {
		expect(canonical("2026-01-02 - x\n---\n")).toBeUndefined();
	});

	const canonical = (body: string): string | undefined =>
		canonicalEntry(parse(`## 2026-01-01 - T\n${body}`).entries[0]!);

	it.each(["- Objective: a  \nb\n", "- Objective: a\\\n  b\n", "- Objective: a  \r\n  b\r\n"])(
		"is not for a line that is broken on purpose: %j",
		(body) => {
			expect(canonical(body)).toBeUndefined();
		},
	);

	it.each([
		"- Objective: a  \n- By: b\n",
		"- Objective: a  \n\nb\n",
		"- Objective: a  \n",
		"a  \n1. b\n",
		"a  \n> b\n",
		"a  \n```\nb\n```\n",
	])("is for blanks at the end of a block: %j", (body) => {
		expect(canonical(body)).toBeDefined();
	});

	it.each([
		["- Objective:\n  - a\n", "- Objective: a\n"],
		["- Objective:\n  - a\n    - b\n", "- Objective:\n  - a\n    - b\n"],
		["- Objective:\n  - a\n  - b\n", "- Objective:\n  - a\n  - b\n"],
		["- Changes: a\n", "- Changes:\n  - a\n"],
		["- Root cause (why):\n  1. a\n  2. b\n     - c\n", "- Root cause (why):\n  1. a\n  2. b\n     - c\n"],
		["- Objective:\n  ```\n  a\n\n  b\n  ```\n", "- Objective:\n\n  ```\n  a\n\n  b\n  ```\n"],
		["- By: b\n- Objective: a\n- Recorded: 2026-01-01\n", "- Recorded: 2026-01-01\n- By: b\n- Objective: a\n"],
		["free\n\n- more\n", "free\n\n- more\n"],
		["### Notes\n\nfree\n\n- more\n", "### Notes\n\nfree\n\n- more\n"],
	])("of %j", (body, text) => {
		expect(canonical(body)).toBe(`## 2026-01-01 - T\n\n${text}\n### Validation\n\n### Rollback\n`);
	});

	it("has what stood below the validation below the rollback, which is numbered anew", () => {
		expect(canonical("### Validation\n\n### Notes\n\nfree\n\n### Rollback (soon)\n\n3. a\n- b\n")).toBe(
			"## 2026-01-01 - T\n\n### Validation\n\n### Rollback (soon)\n\n1. a\n2. b\n\n### Notes\n\nfree\n",
		);
	});
});
