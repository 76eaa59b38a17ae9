import GithubSlugger from "github-slugger";
import { describe, expect, it } from "vitest";
import { anchorsOf } from "../../src/plan/anchors.ts";
import { contentsOf, withContents } from "../../src/plan/contents.ts";
import { parse, print } from "../../src/plan/document.ts";
import { BODY, HEADS, SHAPES } from "./fixtures.ts";

const rows = (head: string): string[] => head.split(/\r?\n/).filter((line) => line.startsWith("| 2026"));
const remade = (text: string, make = false): string => {
	const document = parse(text);
	return print({ ...document, head: withContents(document, { make }) });
};

describe("the table of contents", () => {
	it("is made again from the entries: links that resolve on GitHub, cells of other columns and known states kept", () => {
		expect(rows(remade(HEADS["with mark, preamble and table"] + BODY))).toEqual([
			"| 2026-03-03 | api + web | [Move the api (a/b): c](#2026-03-03---move-the-api-ab-c) | `[DONE]` | 10:11:12 |",
			"| 2026-03-02 | - | [Fix `x`](#2026-03-02---fix-x) | `[PENDING]` | - |",
		]);
	});

	it("gets the row that is missing, and the order of the entries", () => {
		const [first, second] = rows(remade(HEADS["with a row missing"] + BODY));
		expect(first).toBe(
			"| 2026-03-03 | - | [Move the api (a/b): c](#2026-03-03---move-the-api-ab-c) | `[PENDING]` | - |",
		);
		expect(second).toContain("| web |");
		expect(rows(remade(HEADS["with rows swapped"] + BODY)).map((row) => row.slice(0, 18))).toEqual([
			"| 2026-03-03 | api",
			"| 2026-03-02 | web",
		]);
	});

	it("keeps the row of an entry with a new title, the only one of its day", () => {
		const text = HEADS["with rows swapped"] + BODY.replace("Fix `x`", "Mend `x`");
		expect(rows(remade(text))[1]).toBe("| 2026-03-02 | web | [Mend `x`](#2026-03-02---mend-x) | `[PENDING]` | - |");
	});

	it("changes no other byte, and nothing when it is made again", () => {
		for (const head of Object.values(HEADS))
			for (const text of [head + BODY, (head + BODY).replaceAll("\n", "\r\n")]) {
				const next = remade(text);
				expect(remade(next)).toBe(next);
				const without = (one: string): string =>
					one
						.split(/(?<=\n)/)
						.filter((line) => !line.startsWith("| 2026"))
						.join("");
				expect(without(next)).toBe(without(text));
			}
	});

	it("is made where there is none only when that is asked for", () => {
		expect(remade(`# PLAN\n\n${BODY}`)).toBe(`# PLAN\n\n${BODY}`);
		expect(remade(`# PLAN\n${BODY}`, true)).toBe(
			`# PLAN\n\n## Table of Contents\n\n| Date | Plan | Status | Completed |\n| --- | --- | --- | --- |\n| 2026-03-03 | [Move the api (a/b): c](#2026-03-03---move-the-api-ab-c) | \`[PENDING]\` | - |\n| 2026-03-02 | [Fix \`x\`](#2026-03-02---fix-x) | \`[PENDING]\` | - |\n\n${BODY}`,
		);
		expect(remade("# PLAN\n", true)).toBe("# PLAN\n");
	});

	it("ends its rows as the table does, in a file of many line ends too", () => {
		const head = "# PLAN\r\n\n## Table of Contents\n\n| Date | Plan |\n|---|---|\n| 2025-01-01 | old |\n\n";
		for (const text of [head, head.replace("\r\n", "\r")]) {
			const made = remade(`${text}## 2026-01-01 - a\n`);
			expect(made).toBe(
				text.replace("| 2025-01-01 | old |", "| 2026-01-01 | [a](#2026-01-01---a) |") + "## 2026-01-01 - a\n",
			);
		}
	});

	it.each([
		["ends in \\", "ends in \\\\"],
		["ends in \\\\", "ends in \\\\"],
		["ends in `\\`", "ends in `\\`"],
	])("links the title %s", (title, text) => {
		const made = remade(`# PLAN\n\n## 2026-01-01 - ${title}\n`, true);
		expect(rows(made)[0]).toContain(`[${text}](#2026-01-01---ends-in-)`);
		expect(contentsOf(parse(made))!.rows[0]!.target).toBe("2026-01-01---ends-in-");
	});

	it("reads links whose titles have links and brackets in code", () => {
		const made = remade("# PLAN\n\n## 2026-01-01 - a [b](<#x>) `[c]` d\n", true);
		expect(contentsOf(parse(made))!.rows).toMatchObject([{ target: "2026-01-01---a-b-c-d" }]);
		const open = remade("# PLAN\n\n## 2026-01-01 - a `b\n", true);
		expect(contentsOf(parse(open))!.rows).toMatchObject([{ title: "a `b", target: "2026-01-01---a-b" }]);
	});

	it("leaves a table alone that has no column for links", () => {
		const text =
			"# PLAN\n\n## Table of Contents\n\n| Date of the entry | Status |\n|---|---|\n| x | y |\n\n## 2026-01-01 - a\n";
		expect(remade(text)).toBe(text);
	});

	it("keeps titles with pipes and brackets in their cell", () => {
		const [row] = rows(remade("# PLAN\n\n## 2026-01-01 - a | b [c] `d|e`\n", true));
		expect(row).toBe("| 2026-01-01 | [a \\| b \\[c\\] `d\\|e`](#2026-01-01---a--b-c-de) | `[PENDING]` | - |");
		expect(contentsOf(parse(remade("# PLAN\n\n## 2026-01-01 - a | b [c] `d|e`\n", true)))!.rows[0]).toMatchObject({
			title: "a | b [c] d|e",
			target: "2026-01-01---a--b-c-de",
		});
	});
});

describe("a status", () => {
	const check = (outcome: string) => `- Checks:\n  - \`check: file-exists a\`${outcome}\n`;
	const entry = (title: string, validation: string, more = "") =>
		`## 2026-01-01 - ${title}\n\n- Recorded: 2026-01-01 10:11:12 +00:00\n${more}- Objective: x.\n\n### Validation\n\n${validation}\n### Rollback\n\n1. undo\n\n`;
	const stateOf = (text: string): string =>
		rows(remade(`# PLAN\n\n${text}`, true))
			.at(-1)!
			.replace(/^.*?\) \| /, "");

	it.each([
		["all checks passed", entry("A", check(" → passed: a file")), "`[DONE]` | 10:11:12 |"],
		["one failed", entry("A", check(" → passed: a file") + check(" → failed: not there")), "`[PENDING]` | - |"],
		["one was not verified", entry("A", check(" → not verified: x")), "`[PENDING]` | - |"],
		["one was never run", entry("A", check("")), "`[PENDING]` | - |"],
		["something was observed", entry("Deploy cpu-1 to abc", "- Pollers observed:\n  - one\n"), "`[DONE]` | 10:11:12 |"],
		["nothing was observed", entry("A", ""), "`[PENDING]` | - |"],
		["a rollout failed and went back", entry("Deploy cpu-1 to abc failed", "- Steps:\n  - x\n"), "`[REVERTED]` | - |"],
		["a rollout was cut off", entry("Deploy cpu-1 to abc was interrupted", "- Steps:\n  - x\n"), "`[PENDING]` | - |"],
		[
			"another entry takes it back",
			entry("B", check(" → passed: x"), "- Reverts: [A](#2026-01-01---a)\n") + entry("A", check(" → passed: x")),
			"`[REVERTED]` | - |",
		],
	])("where %s", (_name, text, state) => {
		expect(stateOf(text)).toBe(state);
	});
});

describe("anchors", () => {
	it("are numbered as GitHub numbers them, headings inside of entries among them", () => {
		const text = `# PLAN\n\n## 2026-01-01 - A!\n\n### Validation\n\n## 2026-01-01 - A\n\n### Validation\n\nx\n---\n\n## 2026-01-01 - a <!-- c --> [b](https://e.org) *d* &amp; \`<e>\` ##\n`;
		const { entries, all } = anchorsOf(parse(text));
		expect(entries).toEqual(["2026-01-01---a", "2026-01-01---a-1", "2026-01-01---a--b-d--e"]);
		expect([...all]).toEqual(expect.arrayContaining(["plan", "validation", "validation-1", "x"]));
	});

	it("are those of github-slugger for every shape", () => {
		const text = `# PLAN\n\n${Object.values(SHAPES).join("")}`;
		const slugger = new GithubSlugger();
		const headings = text.split("\n").filter((line) => /^#{1,4} /.test(line) && !line.startsWith("# look"));
		const slugs = headings.map((line) => slugger.slug(line.replace(/^#+ /, "").replaceAll("`", "")));
		const { entries } = anchorsOf(parse(text.replace("<!--\n### Rollback\n-->", "")));
		expect(slugs).toEqual(expect.arrayContaining(entries));
	});
});
