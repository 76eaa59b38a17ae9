import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { print } from "../../src/plan/document.ts";
import type { EntryModel } from "../../src/plan/model.ts";
import { claimedPaths, readPlan } from "../../src/plan/reader.ts";
import { BODY, HEADS, SHAPES } from "./fixtures.ts";

const read = (shape: keyof typeof SHAPES): EntryModel => readPlan(`# PLAN\n\n${SHAPES[shape]}`).entries[0]!;
const steps = (shape: keyof typeof SHAPES) => read(shape).rollback.map(({ n, text, items }) => [n, text, ...items]);
const everything = `${HEADS["with mark, preamble and table"]}${Object.values(SHAPES).join("")}`;

describe("an entry", () => {
	it("has its parts, each with its line", () => {
		expect(read("plain")).toStrictEqual({
			...{
				id: expect.stringMatching(/^[0-9a-f]{8}$/),
				date: "2026-03-03",
				title: "Move the api",
				rawTitle: "Move the api",
			},
			...{ anchor: "2026-03-03---move-the-api", lines: { from: 3, to: 18 }, reverts: [] },
			...{ objective: "serve it elsewhere.", rootCause: [], constraints: [], followUp: [], extra: [], unparsable: [] },
			changes: [{ line: 7, path: "src/api.py", paths: ["src/api.py"], text: "`src/api.py`", items: ["moved"] }],
			validation: [
				{
					...{ line: 12, label: "Verify the api answers", expect: "`200`", notes: [] },
					...{ commands: ["curl -s http://127.0.0.1:8000/health"], commandLines: [13] },
				},
			],
			rollback: [{ n: 1, line: 18, text: "Revert.", items: [] }],
		});
	});

	it("may be glued to its first bullet, which is its time", () => {
		const { executedAt, objective, changes } = read("glued to its first bullet");
		expect([executedAt, objective, changes[0]?.text]).toEqual(["2026-03-03 10:00:00 -05:00", "x.", "`a.py` renamed"]);
	});

	it("has a validation as bullet, with or without words in brackets", () => {
		const { validation } = read("bullet Validation and indented numbers");
		expect(validation.map(({ label, commands }) => [label, commands])).toEqual([
			["Temporal: `temporal task-queue describe`", ["temporal task-queue describe"]],
			["Syntax", ["bash -n start.sh"]],
		]);
		expect(read("bullet Rollback and bullets").validation).toMatchObject([{ label: "", commands: ["rg x"] }]);
	});

	it("has a rollback in every form", () => {
		const two = [
			[1, "One"],
			[2, "Two"],
		];
		expect(steps("bullet Validation and indented numbers")).toEqual(two);
		expect(steps("bullet Rollback and numbers at column 0")).toEqual(two);
		expect(steps("bullet Rollback and bullets")).toEqual(two);
		expect(steps("lists of all kinds")).toEqual([
			[1, "Restore:", "`a`", "`b`"],
			[2, "Again."],
		]);
	});

	it("has changes under every label", () => {
		expect(read("Change singular").changes).toMatchObject([{ text: "Updated `ci.yml`:", items: ["`driver: docker`"] }]);
		expect(read("Action and labels beside it").changes.map(({ text }) => text)).toEqual([
			"archived `a`.",
			"Archive location: `C:\\b\\`.",
			"Kept launchers:",
		]);
		const model = read("Constraints, Follow-up and another heading");
		expect(model.changes.map(({ paths }) => paths)).toEqual([["a.py", "b.py"], ["c.py"]]);
		expect(claimedPaths(model)).toEqual(["a.py", "b.py", "c.py"]);
	});

	it("keeps under the validation what looks like another part, and under extra what is none", () => {
		const model = read("Constraints, Follow-up and another heading");
		expect(model).toMatchObject({
			objective: "x.",
			constraints: ["none of `y`"],
			rootCause: ["inline, `z`."],
			followUp: ["later"],
		});
		expect(model.validation.map(({ label }) => label)).toEqual(["Instance: fine", "Objective: not one"]);
		expect(model.extra).toEqual([{ line: expect.any(Number), heading: "### Notes", text: "free" }]);
		expect(model.rollback).toHaveLength(1);
	});

	it("has lists of all kinds, and lines that go on", () => {
		expect(read("lists of all kinds").rootCause).toEqual(["a", "c", "d", "one", "two", "b that goes on lazily"]);
	});

	it.each(["other marks", "paragraphs for bullets"] as const)("is read with %s", (shape) => {
		const { objective, changes, validation, rollback, extra } = read(shape);
		expect([objective, changes[0]?.path, validation[0]?.label, rollback[0]?.text, extra]).toEqual([
			"x.",
			"a.py",
			"ok",
			"undo",
			[],
		]);
	});

	it("has no part in a comment, and commands in code", () => {
		const { validation, rollback, extra } = read("comments and code");
		expect(validation[0]).toMatchObject({ label: "Run", commands: ["rg x src"], commandLines: [14] });
		expect(rollback.map(({ text }) => text)).toEqual(["undo"]);
		expect(extra).toEqual([{ line: 5, text: "<!-- ## 2026-01-01 - hidden -->" }]);
	});

	it("says which code span is broken, and what its words expect", () => {
		const { validation, unparsable } = read("inner backticks and escapes");
		expect(validation.flatMap(({ commands }) => commands)).toEqual([
			'rg "Where `docker run` Happens|x" docs',
			'rg "a\\"b\\\\c" src',
			'rg "x y" f',
		]);
		expect(unparsable).toEqual([{ line: 12, message: expect.stringContaining("break the code span") }]);
		expect(validation.map(({ polarity }) => polarity)).toEqual([undefined, undefined, "absent"]);
	});

	it("may have a title that begins with the word of a section", () => {
		expect(read("title with a section word")).toMatchObject({
			title: "Rollback: b (c/d) + e: f @ g = h",
			rawTitle: "Rollback: `b` (c/d) + e: f @ g = h",
			anchor: "2026-03-03---rollback-b-cd--e-f--g--h",
			rollback: [],
		});
	});
});

describe("an id", () => {
	const stamped = (title: string) => `## 2026-03-03 - ${title}\n\n- Recorded: 2026-03-03 10:00:00 +01:00\n\n`;
	const ids = (text: string): string[] => readPlan(text).entries.map(({ id }) => id);

	it("stays when the title of a recorded entry changes, and is another one for a newer entry of the same second", () => {
		const [old] = ids(stamped("A"));
		expect(ids(stamped("B"))).toEqual([old]);
		expect(ids(stamped("C") + stamped("A"))).toEqual([`${old}-2`, old]);
	});

	it("is that of date and title without a stamp", () => {
		expect(ids(BODY)).toEqual(ids(`# PLAN\r\n\r\n${BODY.replaceAll("\n", "\r\n")}`));
		expect(new Set(ids(BODY)).size).toBe(2);
	});
});

describe("any text", () => {
	it("is read with Windows line ends as with ours", () => {
		const [ours, windows] = [everything, everything.replaceAll("\n", "\r\n")].map((text) => readPlan(text));
		expect(windows!.entries).toEqual(ours!.entries);
		expect(ours!.entries).toHaveLength(Object.keys(SHAPES).length);
	});

	it.each([
		"- ".repeat(20_000),
		"> ".repeat(20_000),
		Array.from({ length: 3_000 }, (_, at) => `${" ".repeat(2 * at)}- a`).join("\n"),
	])("is one block where it is nested too deeply to be read", (body) => {
		const [deep, next] = readPlan(`## 2026-01-01 - A\n\n${body}\n\n## 2026-01-01 - B\n\n- Objective: x\n`).entries;
		expect([deep!.extra.length, next!.objective]).toEqual([1, "x"]);
	});

	it("is read without an error, its lines lie inside of it, and it is printed as it was", () => {
		const piece = fc.oneof(
			fc.constantFrom(...everything.split(/(?<=\n)/)),
			fc.string({ maxLength: 20 }),
			fc.constantFrom("- `check: file-exists a` → passed: x\n", "```\n", "<!--\n", "    ", "- ", "1. ", "\r\n", "\t"),
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
				const text = pieces.join("");
				const { document, entries } = readPlan(text);
				const last = text.split(/\r\n|\r|\n/).length;
				expect(print(document)).toBe(text);
				for (const { lines } of entries) expect(lines.from <= lines.to && lines.to <= last).toBe(true);
			}),
			{ numRuns: 500 },
		);
	});
});
