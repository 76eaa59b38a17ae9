import { describe, expect, it } from "vitest";
import type { Added } from "../../src/plan/add.ts";
import type { Formatted } from "../../src/plan/fmt.ts";
import { readPlan } from "../../src/plan/reader.ts";
import { renderAdded, renderEntries, renderFormatted, renderLint, renderVerification } from "../../src/plan/render.ts";
import type { Verification } from "../../src/plan/verify.ts";
import { BODY } from "./fixtures.ts";

describe("the list of entries", () => {
	it("has one row for each, a long title cut, and a dash where nobody knows the status", () => {
		const [first, second] = readPlan(BODY).entries;
		const shown = [
			{ ...first!, id: "aaaaaaaa", status: "DONE" as const },
			{ ...second!, id: "bbbbbbbb", status: null, title: "x".repeat(400) },
		];
		expect(renderEntries(shown, 1_000).split("\n")).toEqual([
			"ID        DATE        STATUS  TITLE",
			"aaaaaaaa  2026-03-03  DONE    Move the api (a/b): c",
			`bbbbbbbb  2026-03-02  -       ${"x".repeat(300)}`,
		]);
		expect(renderEntries(shown, 60).split("\n").length).toBeGreaterThan(3);
	});

	it("says that there are none", () => {
		expect(renderEntries([], 80)).toBe("docs/PLAN.md has no entries");
	});
});

describe("what plan add says", () => {
	const check = (verdict: "true" | "false") => ({ check: "check: file-exists a", verdict, observed: "x" });
	const added: Added = {
		...{ document: "docs/PLAN.md", outcome: "added", id: "aaaaaaaa", anchor: "a", title: "A", entry: "## A\n\n" },
		checks: [check("true"), check("false"), check("true")],
	};

	it("is the entry for a dry run, else its id, how many checks hold and the next command", () => {
		expect(renderAdded({ ...added, outcome: "planned" })).toBe("## A");
		expect(renderAdded(added)).toBe("✔ docs/PLAN.md has entry aaaaaaaa (2 of 3 checks hold)\n  → git add docs/PLAN.md");
		expect(renderAdded({ ...added, checks: [] })).toContain("aaaaaaaa (no checks)\n");
	});
});

it("a finding stands on a line with its place and code, notes and the count below", () => {
	const finding = { code: "secret" as const, line: 7, entry: null, message: "a token stands here" };
	expect(renderLint([finding], 2, ["not looked"])).toBe(
		"✖ docs/PLAN.md:7 secret: a token stands here\n! not looked\n1 finding in 2 entries",
	);
	expect(renderLint([], 1, [])).toBe("0 findings in 1 entry");
});

describe("what plan fmt says", () => {
	const all: Formatted = {
		...{ document: "docs/PLAN.md", outcome: "formatted", head: true, entries: ["aaaaaaaa", "bbbbbbbb"], kept: [] },
	};
	it.each<[string, Partial<Formatted>, string]>([
		["all that changed", {}, "✔ docs/PLAN.md: its head, entry aaaaaaaa, entry bbbbbbbb"],
		[
			"no head that did not",
			{ head: false, outcome: "differs" },
			"✖ docs/PLAN.md differs: entry aaaaaaaa, entry bbbbbbbb",
		],
		["that nothing did", { outcome: "unchanged" }, "✔ docs/PLAN.md stays as it is"],
		[
			"first which entries keep their form",
			{ entries: [], kept: ["cccccccc"] },
			"! entry cccccccc stays as it is: its canonical form would say something else\n✔ docs/PLAN.md: its head",
		],
	])("is %s", (_what, more, text) => {
		expect(renderFormatted({ ...all, ...more })).toBe(text);
	});
});

describe("what plan verify says", () => {
	const claim = (line: number, verdict: "true" | "false" | "unverifiable", recorded: string | null) => ({
		...{ entry: "aaaaaaaa", title: "A", line, claim: `claim ${line}`, recorded, verdict, observed: "seen" },
	});
	const verification: Verification = {
		...{ document: "docs/PLAN.md", entries: 1, counts: { true: 1, false: 1, unverifiable: 2 } },
		claims: [
			claim(1, "true", "passed"),
			claim(2, "false", null),
			claim(3, "unverifiable", "passed"),
			claim(4, "unverifiable", null),
		],
	};
	const marks = (all: boolean) => renderVerification(verification, all).match(/^[✔✖!].*$/gm);

	it("leaves out what nobody has ever verified, unless all is asked for, and counts it", () => {
		expect(marks(false)).toEqual(["✔ docs/PLAN.md:1 claim 1", "✖ docs/PLAN.md:2 claim 2", "! docs/PLAN.md:3 claim 3"]);
		expect(marks(true)).toHaveLength(4);
		const text = renderVerification(verification, false);
		expect(text).toContain("\n    false: seen\n");
		expect(text.split("\n").at(-1)).toBe("1 true, 1 false, 2 unverifiable in 1 entry");
	});
});
