import { describe, expect, it } from "vitest";
import { reportOf, textOf, verdictOf } from "./report.ts";

const survivor = (original: string, mutant: string, file = "src/plan/entry.ts") => ({
	file,
	line: 3,
	original,
	mutant,
});

describe("mutation report", () => {
	it("counts a mutant that hangs as noticed and one that no test runs as a survivor", () => {
		expect(["Killed", "Timeout", "Survived", "NoCoverage", "Ignored", "RuntimeError"].map(verdictOf)).toEqual([
			"killed",
			"killed",
			"survived",
			"survived",
			"left out",
			"left out",
		]);
	});

	it("scores accepted survivors as survivors, gives their reason, and names what is outdated", () => {
		const accepted = [
			{ file: "src/plan/entry.ts", original: "a + b", mutant: "a - b", reason: "the same here" },
			{ file: "src/plan/entry.ts", original: "gone", reason: "was once" },
			{ file: "src/state/lock.ts", original: "elsewhere", reason: "another folder" },
		];
		const report = reportOf("src/plan", 5, [survivor("a + b", "a - b"), survivor("a + b", "b")], accepted);
		expect(report).toMatchObject({ killed: 5, survived: 2, score: 71.4, outdated: [accepted[1]] });
		expect(report.survivors.map(({ mutant, reason }) => [mutant, reason])).toEqual([
			["a - b", "the same here"],
			["b", undefined],
		]);
		expect(textOf([report], 85)).toBe(`src/plan/entry.ts:3  a + b  →  b
accepted, but noticed now: src/plan/entry.ts  gone

src/plan        71.4 %  5 of 7 noticed, 1 accepted

at least 85 % of the mutants of each folder must be noticed`);
	});

	it("has no fault to find in a folder without mutants", () => {
		expect(reportOf("src/plan", 0, [], []).score).toBe(100);
	});
});
