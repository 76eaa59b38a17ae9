import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasCode } from "../../src/errors/errors.ts";
import { insertEntry, parse, print } from "../../src/plan/document.ts";

const addition = "## 2026-03-04 - New\n\n- Objective: x.\n\n### Rollback\n\n1. `cres rollback a`\n";

/** Synthetic texts with the shapes that grown plan files have. */
const shapes: Record<string, string> = {
	"title only": "# PLAN\n",
	"nothing at all": "",
	"no final newline": "# PLAN\n\n## 2026-03-03 - Last\n- Objective: y.",
	"byte-order mark, preamble and table":
		"\uFEFF# PLAN\n\n<span>🧭</span>\n\n## Table of Contents\nTime Zone UTC\n\n| Date | Plans |\n|---|---|\n| 2026-03-03 | [a](<#x>) |\n\n## 2026-03-03 - Fix `a` (b/c): d + e\n- Executed time: 2026-03-03 10:00:00 -05:00\n\n- Objective: y.\n",
	"entry glued to the list above":
		"# PLAN\n\n## 2026-03-03 - A\n\n### Rollback\n\n1. Undo.\n## 2026-03-02 - Rollback: `b`\n\n- Action: z.\n",
	"rollback as bullet with numbers at column 0":
		"# PLAN\n## 2026-03-03 - A\n- Validation (manual):\n  - `a \\| b`\n- Rollback:\n1. One\n2. Two\n",
	"dates out of order": "# PLAN\n\n## 2026-03-01 - Old first\n\n## 2026-03-03 - New second\n",
	"heading inside a fence":
		"# PLAN\n\n## 2026-03-03 - A\n\n```md\n## 2026-03-01 - Not an entry\n```\n\n## 2026-03-02 - B\n",
	"Windows line ends": "# PLAN\r\n\r\n## 2026-03-03 - A\r\n\r\n- Objective: y.\r\n",
	"code span with backticks and entities": '# PLAN\n\n## 2026-03-03 - A\n\n- `rg "a `b` c"` &#124; ${{ github.sha }}\n',
};

describe("parse and print", () => {
	it.each(Object.entries(shapes))("gives back every byte: %s", (_name, text) => {
		expect(print(parse(text))).toBe(text);
	});

	it("gives back every byte of any text", () => {
		const piece = fc.oneof(
			fc.string(),
			fc.constantFrom("## 2026-01-01 - T\n", "\n", "\r\n", "```\n", "## Table of Contents\n", "\uFEFF"),
		);
		fc.assert(fc.property(fc.array(piece), (pieces) => print(parse(pieces.join(""))) === pieces.join("")));
	});

	it("finds entries by date, title and line, and nothing inside a fence", () => {
		expect(
			parse(shapes["heading inside a fence"]!).entries.map(({ date, title, line }) => [date, title, line]),
		).toEqual([
			["2026-03-03", "A", 3],
			["2026-03-02", "B", 9],
		]);
		expect(parse(shapes["byte-order mark, preamble and table"]!).entries.map(({ title }) => title)).toEqual([
			"Fix `a` (b/c): d + e",
		]);
		expect(parse(shapes["entry glued to the list above"]!).entries.map(({ title }) => title)).toEqual([
			"A",
			"Rollback: `b`",
		]);
	});
});

describe("a heading of an entry", () => {
	it.each(["-", "–", "—"])("has a date, a dash and a title: %s", (dash) => {
		const [entry] = parse(`## 2026-03-03 ${dash} Roll - a: b  \t\r\n`).entries;
		expect(entry).toMatchObject({ date: "2026-03-03", title: "Roll - a: b", line: 1 });
	});

	it.each([
		" ## 2026-03-03 - A",
		"x## 2026-03-03 - A",
		"### 2026-03-03 - A",
		"# 2026-03-03 - A",
		"##2026-03-03 - A",
		"## 202-03-03 - A",
		"## 20260-03-03 - A",
		"## 2026-3-03 - A",
		"## 2026-03-3 - A",
		"## 2026-03-033 - A",
		"## yyyy-mm-dd - A",
		"## 2026-mm-03 - A",
		"## 2026-03-dd - A",
		"## 2026-03-03 A",
		"## 2026-03-03- A",
		"## 2026-03-03 -A",
		"## 2026-03-03 : A",
		"## 2026-03-03 - ",
	])("has no other form: '%s'", (line) => {
		const text = `# PLAN\n${line}\nbody\n`;
		expect(parse(text)).toEqual({ head: text, entries: [] });
	});
});

describe("a fence", () => {
	const heading = "## 2026-03-03 - A\n";
	it.each([
		["```\n", "```\n"],
		["~~~\n", "~~~\n"],
		["   ```sh\n", "  ```\n"],
		["````\n```\n", "````\n"],
		["```\n~~~\n", "```\n"],
		["```\n", "`````\n"],
	])("hides headings between %j and %j, and none after it", (open, close) => {
		const { entries, head } = parse(`${open}${heading}${close}${heading}`);
		expect(head).toBe(open + heading + close);
		expect(entries).toHaveLength(1);
	});

	it.each(["    ```\n", "``\n", "~~\n", "text ```\n", "\t~~~\n"])("does not begin with %j", (line) => {
		expect(parse(line + heading).entries).toHaveLength(1);
	});

	it("stays open to the end where nothing closes it", () => {
		expect(parse(`\`\`\`\n${heading}~~~\n    \`\`\`\n${heading}`).entries).toEqual([]);
	});
});

/** Undefined where the text is refused. */
function inserted(text: string): string | undefined {
	try {
		return insertEntry(text, addition);
	} catch (error) {
		if (hasCode(error, "plan_style")) return undefined;
		throw error;
	}
}

describe("insertEntry", () => {
	it.each([
		["", addition],
		["# PLAN", `# PLAN\n\n${addition}`],
		["# PLAN\n", `# PLAN\n\n${addition}`],
		["# PLAN\n\n", `# PLAN\n\n${addition}`],
		["# PLAN\n## 2026-03-03 - A\n", `# PLAN\n\n${addition}\n## 2026-03-03 - A\n`],
		["## 2026-03-03 - A", `${addition}\n## 2026-03-03 - A`],
		["# PLAN\r\n", `# PLAN\r\n\r\n${addition.replaceAll("\n", "\r\n")}`],
		[
			"# PLAN\r\n\r\n## 2026-03-03 - A\r\n",
			`# PLAN\r\n\r\n${addition.replaceAll("\n", "\r\n")}\r\n## 2026-03-03 - A\r\n`,
		],
	])("stands alone between blank lines: %j", (text, result) => {
		expect(insertEntry(text, addition)).toBe(result);
	});

	it.each(Object.entries(shapes))("leaves every other byte alone: %s", (_name, text) => {
		const result = insertEntry(text, addition);
		const end = text.includes("\r\n") ? "\r\n" : "\n";
		const inserted = addition.replaceAll("\n", end);
		const at = result.indexOf(inserted);
		const { head, entries } = parse(text);
		expect(result.slice(0, at).trimEnd()).toBe(head.trimEnd());
		expect(result.startsWith(head)).toBe(true);
		expect(result.endsWith(entries.map((entry) => entry.text).join(""))).toBe(true);
		expect(result.slice(at + inserted.length).trimStart()).toBe(entries.map((entry) => entry.text).join(""));
	});

	it("puts it first and keeps one blank line around it", () => {
		const result = insertEntry("# PLAN\n\n## 2026-03-03 - A\n\n- Objective: y.\n", addition);
		expect(result).toBe(`# PLAN\n\n${addition}\n## 2026-03-03 - A\n\n- Objective: y.\n`);
		expect(parse(result).entries.map(({ title }) => title)).toEqual(["New", "A"]);
	});

	it("keeps the older entries whatever the text was, or says what hides the new one", () => {
		fc.assert(
			fc.property(fc.string(), (text) => {
				const before = parse(text).entries.map((entry) => entry.text);
				const after = inserted(text);
				if (after === undefined) return true;
				const older = parse(after).entries.slice(-before.length || Infinity);
				return older.map((entry) => entry.text).join("") === before.join("");
			}),
		);
	});
});

describe("T25: a file that a person wrote", () => {
	const real = "## 2025-12-31 - real\n\n- a\n";
	it.each([
		["a comment", "# PLAN\n\n<!-- like this:\n## 2026-01-01 - title\n\n-->\n\n"],
		["a line that begins with a code span", "# PLAN\n\n```ls``` lists files\n\n"],
		["a code span over fences", "# PLAN\n\n``` ~~~ ```\n\n"],
		["a heading in a list", "# PLAN\n\n- item\n\n  ## 2026-01-01 - in a list\n\n"],
		["a fence in a list", "# PLAN\n\n1. item\n   ```\n## 2026-01-02 - ends the list\n"],
		["a quotation", "# PLAN\n\n> ```\n> ## 2026-01-01 - quoted\n\n"],
		["a tag", "# PLAN\n\n<details>\n<summary>x</summary>\n\n</details>\n\n"],
		["a pre tag", "# PLAN\n\n<pre>\n## 2026-01-01 - pre\n</pre>\n\n"],
		["a CDATA section", "# PLAN\n\n<![CDATA[\n## 2026-01-01 - data\n]]>\n\n"],
		["a rule and a table", "# PLAN\n\n---\n\n| a | b |\n|---|---|\n| 2026-01-01 | x |\n\n"],
		["a heading underlined", "PLAN\n====\n\nAbout\n-----\n\n"],
		["a byte-order mark alone", "\uFEFF"],
		["front matter", "---\ntitle: x\n## 2026-01-01 - y\n---\n\n# PLAN\n\n"],
		["milestones of its own", "# PLAN\n\n- 2026-01-01: the end\n\n**2026-02-01** more\n\n"],
	])("with %s gets the entry above the newest real one", (_name, head) => {
		const before = parse(head + real);
		const result = insertEntry(head + real, addition);
		expect(parse(result).entries.map(({ title }) => title)).toEqual([
			"New",
			...before.entries.map(({ title }) => title),
		]);
		expect(result.replace(addition, "").replaceAll("\n", "")).toBe((head + real).replaceAll("\n", ""));
		expect(result.startsWith(before.head)).toBe(true);
	});

	it.each([
		["# PLAN\n\n## 2026/01/01 - x\n", 3],
		["# PLAN\n\n### 2026-01-01\n\n- x\n", 3],
		["### 2026-01-01\n\n- x\n", 1],
		["# Changelog\n\n## [1.2.0] - 2026-01-01\n", 3],
		["# PLAN\n\n## 1.2.0 (2026-01-01)\n\n## 2025-01-01 - ours\n", 3],
		["# PLAN\n\n2026-01-01 x\n---\n", 3],
		["# PLAN\n\n## 01.02.2026 x\n", 3],
		["# PLAN\n\n## 1 January 2026\n", 3],
		["# PLAN\n\n## January 1, 2026\n", 3],
		["# PLAN\n\n## 1. Jan 2026: x\n", 3],
		["# PLAN\n\n## Release 1.2.0 - 2026-01-01\n\n## 2025-01-01 - ours\n", 3],
		["# PLAN\n\n## `2026-01-01` - t\n", 3],
		["# PLAN\n\n## **2026-01-01**\n", 3],
		["# PLAN\n\n## Monday, 2026-01-05\n", 3],
		["# PLAN\n\n## 20260101\n", 3],
		["# PLAN\n\n ## 2026-01-01 - t\n\n## 2025-01-01 - ours\n", 3],
		["# PLAN\n\n- a\n- 2026-01-01: moved\n", 4],
		["# PLAN\n\n* **2026-01-01** moved\n", 3],
		["# PLAN\n\nAbout.\n\n**2026-01-01** moved\n", 5],
		["---\ntitle: x\n---\n\n# PLAN\n\n## 2026/01/01 - x\n", 7],
	])("in another style is refused: %j", (text, line) => {
		expect(() => insertEntry(text, addition)).toThrow(
			`docs/PLAN.md:${line} is an entry of another form than ## YYYY-MM-DD - title`,
		);
	});

	it.each(["# PLAN\n\n<!-- \n", "# PLAN\n\n```\n", "<pre>\n## 2026-01-01 - x\n"])(
		"where something never ends is refused: %j",
		(text) => {
			expect(() => insertEntry(text, addition)).toThrow("that never ends");
		},
	);

	it.each([
		"# PLAN 2026-01-01\n",
		"# 2026-01-01\n",
		"# PLAN\n\n## Status of 2026-01-01\n",
		"# PLAN\n\n## Version 1.2.3\n",
		"# PLAN\n\n## Ports 20000000 and 8080\n",
		"# PLAN\n\nMoved on 2026-01-01.\n\n- until 2026-01-01\n- [2026-01-01 - x](#2026-01-01---x)\n",
		"---\ntitle: x\ndate: 2026-01-01\n## 2026-01-01 - y\n---\n\n# PLAN\n",
	])("is not of another style: %j", (text) => {
		expect(insertEntry(text, addition)).toBe(`${text}\n${addition}`);
	});
});
