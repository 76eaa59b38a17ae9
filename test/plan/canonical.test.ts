import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalEntry } from "../../src/plan/canonical.ts";
import { parse } from "../../src/plan/document.ts";
import { renderEntry } from "../../src/plan/entry.ts";
import { formatted } from "../../src/plan/fmt.ts";
import { partsOf } from "../../src/plan/parts.ts";
import { BODY, HEADS, SHAPES } from "./fixtures.ts";

const canonical = (text: string): string | undefined => canonicalEntry(parse(text).entries[0]!);

describe("the canonical form", () => {
	it("has headings, one list and numbers for whatever form an entry has", () => {
		expect(canonical(SHAPES["bullet Rollback and bullets"])).toBe(
			"## 2026-03-03 - Move the api\n\n- Objective: serve it elsewhere.\n- Changes:\n  - `src/api.py`\n    - moved\n\n### Validation (on the host)\n\n- `rg x`\n\n### Rollback\n\n1. One\n2. Two\n",
		);
		expect(canonical(SHAPES["other marks"])).toBe(
			"## 2026-03-03 - Move the api\n\n- Objective: x.\n- Changes:\n  - `a.py`\n\n### Validation (manual)\n\n- ok\n\n### Rollback\n\n1. undo\n",
		);
		expect(canonical("## 2026-03-03 – A\n- Executed time: 2026-03-03 10:00:00 -05:00\n\n- Objective: x.\n")).toBe(
			"## 2026-03-03 - A\n\n- Recorded: 2026-03-03 10:00:00 -05:00\n- Objective: x.\n\n### Validation\n\n### Rollback\n",
		);
	});

	it.each(Object.entries(SHAPES))("of %s is stable, and says the same", (_name, text) => {
		const once = canonical(text)!;
		expect(once).toBeDefined();
		expect(canonical(once)).toBe(once);
		const steps = (one: string): number => partsOf({ text: one, line: 1 }).lists.rollback?.length ?? 0;
		expect(steps(once)).toBe(steps(text));
	});

	it("keeps tables as they are, and is not for lines that are broken on purpose", () => {
		expect(canonical(SHAPES["a table and a quotation"])).toContain(
			"\n\n| queue | polls |\n|---|---|\n| a | yes |\n\n> said\n> so\n\n",
		);
		expect(canonical("## 2026-01-01 - A\n\n- Objective: x  \n  and on\n")).toBeUndefined();
	});

	it("is that in which cres writes its own entries", () => {
		const text = renderEntry({
			...{ at: new Date(0), by: "me@here", title: "A `b`", objective: "x.", reverts: "[y](#y)" },
			...{ constraints: ["c", "- d"], rootCause: ["# e", "1. f"], followUp: ["<g>", "> h"] },
			changes: ["`a`", { text: "`b`", items: ["i", "```j"] }],
			validation: [{ label: "Checks", observed: ["`check: file-exists a` → passed: a file", "---"] }],
			rollback: ["* one", "two"],
		});
		expect(canonical(text)).toBe(text);
	});

	it("is stable for any entry, or the entry stays as it is", () => {
		const lines = Object.values(SHAPES)
			.join("")
			.split(/(?<=\n)/);
		const piece = fc.oneof(
			{ weight: 8, arbitrary: fc.constantFrom(...lines.filter((line) => !line.startsWith("## "))) },
			{ weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
			{
				weight: 2,
				arbitrary: fc.constantFrom(
					"\n",
					"- a\n",
					"  - b\n",
					"1. c\n",
					"   d\n",
					"> e\n",
					"***\n",
					"| a |\n|---|\n",
					"    f\n",
					"text\n",
				),
			},
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
				const [entry] = parse(`## 2026-01-01 - T\n${pieces.join("")}`).entries;
				const once = canonicalEntry(entry!);
				if (once === undefined) return;
				expect(canonicalEntry(parse(once).entries[0]!)).toBe(once);
			}),
			{ numRuns: 1_000 },
		);
	});
});

describe("formatting", () => {
	const options = { entries: [] as string[], contents: false };
	const text = HEADS["with rows swapped"] + BODY + SHAPES["other marks"];

	it("leaves entries alone that are not named, and every byte of them", () => {
		const { text: next, entries, head } = formatted(text, options);
		expect(next!.endsWith(BODY + SHAPES["other marks"])).toBe(true);
		expect([entries, head]).toEqual([[], true]);
		expect(formatted(next!, options).text).toBeUndefined();
	});

	it("writes the entries that are named again, with one blank line between them", () => {
		const { text: next, entries } = formatted(text, { ...options, entries: ["3"] });
		expect(entries).toHaveLength(1);
		expect(next).toContain("- Objective: b.\n## 2026-03-03 - Move the api\n\n- Objective: x.\n");
		expect(formatted(next!, { ...options, entries: ["3"] }).text).toBeUndefined();
	});

	it.each(["\n", "\r\n"])("of every entry is stable, in the line ends of the file: %j", (end) => {
		const all = { entries: "all" as const, contents: true };
		const source = (HEADS["with mark, preamble and table"] + Object.values(SHAPES).join("")).replaceAll("\n", end);
		const { text: next, kept } = formatted(source, all);
		expect(kept).toEqual([]);
		expect(formatted(next!, all).text).toBeUndefined();
		expect(next!.replaceAll(end, "")).not.toMatch(/[\r\n]/);
		expect(next!).not.toMatch(/[^\r\n]\r?\n## 2026/);
	});
});
