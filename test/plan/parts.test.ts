import { describe, expect, it } from "vitest";
import { blocksOf } from "../../src/plan/blocks.ts";
import { claimedPaths, readPlan } from "../../src/plan/reader.ts";
import { partsOf } from "../../src/plan/parts.ts";
import type { EntryModel } from "../../src/plan/model.ts";

const model = (body: string): EntryModel => readPlan(`## 2026-01-01 - A\n${body}`).entries[0]!;
const blocks = (body: string) => blocksOf({ text: `## 2026-01-01 - A\n${body}`, line: 10 });

describe("a block", () => {
	it.each<[string, object[]]>([
		["text  \n goes\ton\n", [{ kind: "text", line: 11, text: "text goes\ton" }]],
		[
			"### A ###\n#### B #\n#\n",
			[
				{ level: 3, text: "A" },
				{ level: 4, text: "B" },
				{ level: 1, text: "" },
			],
		],
		[
			"A\nb\n---\n\nC\n=\n",
			[
				{ kind: "heading", level: 2, text: "A b" },
				{ level: 1, text: "C" },
			],
		],
		["#### #x # y#\n", [{ text: "#x # y#" }]],
		[
			"- a\n  b\n- c\n",
			[
				{ kind: "item", line: 11, n: null, text: "a b" },
				{ line: 13, text: "c" },
			],
		],
		[
			"2. a\n10) b\n",
			[
				{ n: 2, text: "a" },
				{ n: 10, text: "b" },
			],
		],
		[
			"-\n- ```\n  x\n  ```\n",
			[
				{ text: "", children: [] },
				{ text: "", children: [{ kind: "raw", text: "```\nx\n```" }] },
			],
		],
		[
			"- a\n\n  b\n\n      c\n  - d\n",
			[
				{
					text: "a",
					children: [
						{ kind: "raw", line: 13, text: "b" },
						{ kind: "raw", line: 15, text: "c" },
						{ text: "d", line: 16 },
					],
				},
			],
		],
		[
			"> q\n> r\n\n<!-- c\n\nd -->\n",
			[
				{ kind: "raw", text: "> q\n> r" },
				{ kind: "raw", line: 14, text: "<!-- c\n\nd -->" },
			],
		],
		["- a\n  > q\n   > r\n  >   s\n", [{ children: [{ text: "> q\n > r\n>   s" }] }]],
		["***\n", [{ kind: "raw", text: "***" }]],
		["```\nx\n\n \n", [{ kind: "raw", text: "```\nx" }]],
	])("of %j", (body, wanted) => {
		expect(blocks(body)).toMatchObject(wanted);
		expect(blocks(body.replaceAll("\n", "\r\n"))).toEqual(blocks(body));
	});

	it("is one for all where a line begins with hundreds of marks, but for a long rule", () => {
		expect(blocks(`x\n\n${"- ".repeat(150)}a\n`)).toEqual([
			{ kind: "raw", line: 11, text: expect.stringMatching(/^x/) },
		]);
		expect(blocks(`x\n\n${"> ".repeat(80)}a\n`)).toHaveLength(2);
		for (const rule of ["-", "*", "_", "="])
			expect(blocks(`x\n\n  ${rule.repeat(400)} \n\ny\n`).length).toBeGreaterThan(1);
	});
});

describe("a part of an entry", () => {
	it("takes points until another label, and paragraphs too", () => {
		const { rootCause, followUp, extra } = model("- Root cause:\n\n- a\n\nb\n\n- Follow-up: c\n- Unknown: d\n- e\n");
		expect([rootCause, followUp]).toEqual([["a", "b"], ["c"]]);
		expect(extra.map(({ line, text }) => [line, text])).toEqual([
			[9, "Unknown: d"],
			[10, "e"],
		]);
	});

	it("takes nothing below a text: the objective, the author, what is taken back", () => {
		const { objective, by, extra, reverts } = model(
			"- Objective: a\n- b\n- By: me@here\n- c\n- Reverts: [x](#y) and `z`\n",
		);
		expect([objective, by, reverts, extra.map(({ text }) => text)]).toEqual(["a", "me@here", ["y"], ["b", "c"]]);
		expect(model("- Reverts: `0123abcd`\n- Objective:\n  - a\n  - b\n")).toMatchObject({
			...{ reverts: ["0123abcd"], objective: "a b" },
		});
		expect(model("- Reverts: [x](<#y>), [z](#w)\n").reverts).toEqual(["y", "w"]);
	});

	it("keeps a heading that is no label, with all that stands below it", () => {
		const { extra, rollback } = model(
			"### Notes\n\nfirst\n\n- Rollback:\n  - x\n\n## Rollback\n\n- y\n\n# More #\n\n```\nz\n```\n",
		);
		expect(extra).toEqual([
			{ line: 2, heading: "### Notes", text: "first\nRollback:\nx" },
			{ line: 13, heading: "# More", text: "```\nz\n```" },
		]);
		expect(rollback.map(({ text }) => text)).toEqual(["y"]);
	});

	it("may be code or a quotation, which stays as it is", () => {
		const raw = { text: "> a\n> b", items: [] };
		expect(model("- Changes:\n  > a\n  > b\n- Rollback:\n  > a\n  > b\n")).toMatchObject({
			...{ changes: [{ line: 3, paths: [], ...raw }], rollback: [{ n: 1, line: 6, ...raw }] },
		});
	});

	it("is what its place says: above or below the validation", () => {
		const text = "## 2026-01-01 - A\nx\n\n### Validation\n\n### Notes\n";
		expect(partsOf({ text, line: 1 }).extra.map(({ above }) => above)).toEqual([true, false]);
	});

	it("opens by no number, and below the heading of a rollback by nothing", () => {
		expect(model("### Rollback\n\n1. Changes: a\n\n- Objective: b\n").rollback.map(({ n, text }) => [n, text])).toEqual(
			[
				[1, "Changes: a"],
				[2, "Objective: b"],
			],
		);
		expect(model("### Validation\n\n- Rollback: x\n")).toMatchObject({ rollback: [{ text: "x" }], validation: [] });
		expect(model("- Validation: a\n- Objective: b\n")).toMatchObject({ objective: "b", validation: [{ label: "a" }] });
		expect(model("1. Objective: a\n").objective).toBe("");
	});

	it("has stamps in the forms that people write, and nothing else for one", () => {
		const stamp = (text: string) => model(`- Executed time: ${text}\n`).executedAt;
		const stamps = [
			...["2026-01-01 10:00", "2026-01-01T10:00:00Z", "2026-01-01 10:00:00 +01:00", "2026-01-01 10:00:00.123 -0500"],
			"2026-01-01 10:00 UTC",
		];
		expect(stamps.map((one) => stamp(`${one} by hand`))).toEqual(stamps);
		expect([stamp("today"), stamp("at 2026-01-01 10:00"), stamp("2026-01-01")]).toEqual([
			undefined,
			undefined,
			undefined,
		]);
		expect(model("- Recorded: 2026-01-01 10:00:00 +00:00\n").recorded).toBe("2026-01-01 10:00:00 +00:00");
	});
});

describe("the files of a change", () => {
	it.each<[string, string[]]>([
		["`a.py`", ["a.py"]],
		["`src/a b/c-d.ts`: moved `e.py`", ["src/a b/c-d.ts"]],
		["`a.py` + `b/`, `c.md` & `Dockerfile` and `Makefile`: x", ["a.py", "b/", "c.md", "Dockerfile", "Makefile"]],
		["`a.py` (new) `b.py`", ["a.py"]],
		["`a.py` or `b.py`", ["a.py"]],
		["`.env`", [".env"]],
		["`C\\d.py`", ["C\\d.py"]],
		["moved `a.py`", []],
		["`docker ps`", []],
		["`word`", []],
		["`http://a/b`", []],
		["`..`", []],
		["`a b.py`", []],
		["`a.py`, `word`, `b.py`", ["a.py"]],
		["`MyDockerfile`", []],
		["`Dockerfiles`", []],
		["a.py", []],
	])("of %j", (text, paths) => {
		const [change] = model(`- Changes:\n  - ${text}\n`).changes;
		expect([change!.paths, change!.path]).toEqual([paths, paths[0]]);
	});

	it("may stand alone in points below words, each once", () => {
		const { changes } = model(
			"- Changes:\n  - Updated:\n    - `a.py`\n    - `b.py` again\n    - `word`\n  - `c.py`\n    - `d.py`\n  - `c.py`\n",
		);
		expect(claimedPaths({ changes } as EntryModel)).toEqual(["a.py", "c.py"]);
		const two = model("- Changes:\n  - Updated:\n    - `a.py``b.py`\n    - `a.py` `b.py`\n  ```\n  c.py\n  ```\n");
		expect(claimedPaths(two)).toEqual([]);
	});
});

describe("a claim", () => {
	const claims = (body: string) => model(`### Validation\n\n${body}`).validation;

	it.each<[string, object]>([
		["- `rg x`\n", { label: "", commands: ["rg x"], commandLines: [4], notes: [] }],
		["- `rg x`.\n", { label: "" }],
		["- `rg x` and `rg y`\n", { label: "`rg x` and `rg y`", commands: ["rg x", "rg y"] }],
		["- `rg x`\n  - seen\n", { label: "`rg x`", notes: ["seen"], commands: ["rg x"] }],
		["- Look with `rg`:\n  - `rg x`\n", { label: "Look with `rg`", commands: ["rg x"] }],
		["- Look:\n  - Expected: a\n  - Expected: b\n", { expect: "a", notes: ["Expected: b"] }],
		["- Look:\n  - Observed nothing\n    - more\n", { expect: "Observed nothing", notes: ["more"] }],
		["- Look:\n  - Expects:\n", { expect: "Expects:" }],
		["- Look:\n  - Expectedly fine\n", { notes: ["Expectedly fine"] }],
		["- Look:\n  - should match\n", { polarity: "present" }],
		["- Look:\n  - Expected: no match\n", { polarity: "absent" }],
		["```sh\nrg x\n\n# why\n  rg y\n```\n", { label: "", commands: ["rg x", "rg y"], commandLines: [5, 8] }],
		["- Look:\n  ~~~\n  rg x\n  ~~~\n", { label: "Look", commands: ["rg x"], commandLines: [6] }],
		["> seen\n", { label: "", commands: [], notes: ["> seen"] }],
		["- `check: file-exists a`\n", { label: "", checks: [{ line: 4 }], commands: [], polarity: "present" }],
	])("of %j", (body, wanted) => {
		const [claim] = claims(body);
		const said = (one: object) => ["polarity", "checks"].filter((name) => name in one);
		expect(claim).toMatchObject(wanted);
		expect(said(claim!)).toEqual(said(wanted));
	});

	it("says what of it cannot be read, with its line", () => {
		expect(model('### Validation\n\n- Look:\n  - `rg "a`\n  - `check: x`\n  - `rg a`b`c`\n').unparsable).toEqual([
			{ line: 5, message: 'a quotation mark is not closed: rg "a' },
			{ line: 6, message: expect.stringMatching(/^no check is called x: /) },
			{ line: 7, message: "the backticks inside of it break the code span: rg a`b`c" },
		]);
	});
});
