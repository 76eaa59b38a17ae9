import { describe, expect, it } from "vitest";
import { goneOf, reportOf, textOf } from "./report.ts";
import { verdictsOf } from "./task.ts";

const survivor = (original: string, mutant: string, file = "src/plan/entry.ts") => ({
	file,
	line: 3,
	original,
	mutant,
});

describe("mutation report", () => {
	it("takes what one test file noticed as noticed, whatever the others saw", () => {
		const tried = (file: string, id: string, verdict: "killed" | "hung" | "survived") => ({ file, id, verdict });
		const verdicts = verdictsOf([
			{ file: "a", covered: ["1", "2", "3"] },
			...[tried("a", "1", "survived"), tried("a", "2", "hung"), tried("b", "1", "killed")],
			...[tried("b", "2", "survived"), tried("b", "3", "survived"), { file: "b", isDone: true as const }],
		]);
		expect([...verdicts].map(([id, { file, verdict }]) => [id, file, verdict])).toEqual([
			["1", "b", "killed"],
			["2", "a", "hung"],
			["3", "b", "survived"],
		]);
	});

	it("scores accepted survivors as survivors, gives their reason, and names what is outdated", () => {
		const accepted = [
			{ file: "src/plan/entry.ts", original: "a + b", mutant: "a - b", reason: "the same here" },
			{ file: "src/plan/entry.ts", original: "gone", reason: "was once" },
			{ file: "src/state/lock.ts", original: "elsewhere", reason: "another folder" },
			{ file: "src/plan/entry.ts", original: "x", mutant: "y", reason: "of code that was removed" },
		];
		const [same, noticed] = [survivor("a + b", "a - b"), survivor("gone", "")];
		const gone = goneOf("src/plan", accepted, [same, noticed, survivor("x", "z"), survivor("x", "y", "src/plan/b.ts")]);
		expect(gone).toEqual([accepted[3]]);
		const report = reportOf("src/plan", {
			...{ noticed: 5, survivors: [survivor("a + b", "a - b"), survivor("a + b", "b")], accepted, gone },
			...{ setAside: ["test/plan/a.test.ts > flaky"], unfinished: ["test/plan/b.test.ts"] },
		});
		expect(report).toMatchObject({ killed: 5, survived: 2, score: 71.4, outdated: [accepted[1]], gone });
		expect(report.survivors.map(({ mutant, reason }) => [mutant, reason])).toEqual([
			["a - b", "the same here"],
			["b", undefined],
		]);
		expect(textOf([report], 85)).toBe(`src/plan/entry.ts:3  a + b  →  b
accepted, but noticed now: src/plan/entry.ts  gone
accepted, but there is no such mutant: src/plan/entry.ts  x  →  y
fails without a mutant, left out: test/plan/a.test.ts > flaky
did not end: test/plan/b.test.ts

src/plan        71.4 %  5 of 7 noticed, 1 accepted

at least 85 % of the mutants of each folder must be noticed`);
	});

	it("has no fault to find in a folder without mutants", () => {
		expect(
			reportOf("src/plan", { noticed: 0, survivors: [], accepted: [], gone: [], setAside: [], unfinished: [] }).score,
		).toBe(100);
	});
});
