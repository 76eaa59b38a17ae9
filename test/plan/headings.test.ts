import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "../../src/plan/document.ts";
import { headingLines, linesOf } from "../../src/plan/headings.ts";

const HEADING = /^## (\d{4}-\d{2}-\d{2}) [-–—] (.+?)\s*$/;

/** What the parser of Markdown finds when it reads the whole text. */
function bySlowParser(text: string): string[] {
	const lines = linesOf(text);
	return [...headingLines(lines).keys()].map((at) => lines[at]!).filter((line) => HEADING.test(line));
}

const heading = (line: string): string => line.split(/\r\n|\r|\n/)[0]!;
const byParse = (text: string): string[] => parse(text).entries.map((entry) => heading(entry.text));

const PIECES = [
	..."## 2026-01-01 - A\n|## 2026-01-02 – B\n|\n|\r\n|\r|```\n|~~~\n|````sh\n|   ```\n|    ```\n|- a\n|  - b\n|1. c\n|  ```\n|> q\n".split(
		"|",
	),
	...[
		"<!-- x\n",
		"-->\n",
		"<pre>\n",
		"</pre>\n",
		"<details>\n",
		"<b>\n",
		"<?x\n",
		"?>\n",
		"<![CDATA[\n",
		"]]>\n",
		"text\n",
	],
	...[
		"\uFEFF",
		"\t",
		" ",
		"===\n",
		"---\n",
		"[a]: /u 'x\n",
		"'\n",
		"| a |\n|---|\n",
		"## Other\n",
		"### 2026-01-01 - C\n",
		"\u2028",
	],
	...["  <!-- y\n", "- ```\n", "- <!--\n", "`code\n", "`\n", "\\```\n", "x ```\n", "\uFEFF```\n"],
];

describe("the headings of entries", () => {
	it("are those that the parser of Markdown finds in the whole text", () => {
		const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(""));
		fc.assert(
			fc.property(text, (one) => {
				expect(byParse(one)).toEqual(bySlowParser(one).map(heading));
			}),
			{ numRuns: 3_000, examples: [["\uFEFF\uFEFF```\n  ```\n## 2026-01-01 - A\n"]] },
		);
	});

	it("are found in two thousand entries with a fence in each, and behind a fence that never ends in none", () => {
		const entry = "## 2026-01-01 - A\n\n```md\n## 2026-01-01 - no entry\n```\n\n- Objective: x\n\n";
		expect(parse(entry.repeat(2_000)).entries).toHaveLength(2_000);
		expect(parse(`\`\`\`\n${entry.replaceAll("```", "")}`.repeat(1)).entries).toHaveLength(0);
	});
});

it("a byte-order mark is no line", () => {
	expect(parse("\uFEFF# PLAN\n\n## 2026-01-01 - A\n").entries[0]?.line).toBe(3);
	expect(parse("\uFEFF## 2026-01-01 - A\n").entries[0]).toMatchObject({ line: 1, text: "## 2026-01-01 - A\n" });
});
