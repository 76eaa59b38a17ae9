import { describe, expect, it } from "vitest";
import { headingLabel, labelled, WORD } from "../../src/plan/labels.ts";

describe("a label", () => {
	it.each([
		["recorded", ["Recorded"]],
		["executed", ["Executed", "Executed time", "EXECUTED TIME"]],
		["by", ["By"]],
		["reverts", ["Reverts"]],
		["objective", ["Objective", "Goal"]],
		["constraints", ["Constraint", "Constraints"]],
		["rootCause", ["Root cause", "Root-causes", "Root causes"]],
		["changes", ["Change", "Changes", "Action", "Actions"]],
		["followUp", ["Follow-up", "Follow up", "Followup", "Follow-ups"]],
		["validation", ["Validation", "Verification"]],
		["rollback", ["Rollback", "Roll-back", "Roll back"]],
	])("is %s: %j", (label, words) => {
		expect(words.map((word) => labelled(`${word}: x`)?.label)).toEqual(words.map(() => label));
		expect(labelled(`${WORD[label as keyof typeof WORD]}: x`)?.label).toBe(label === "executed" ? "recorded" : label);
	});

	it.each([
		..."Unrecorded,Recorded at,Executed times,Pre-executed,Byte,Hereby,Reverts to,No reverts,Objectives,An objective".split(
			",",
		),
		..."Root of causes,A root cause,Root cause it,Change log,Our changes,Follow,A follow-up,Follow-up it,Revalidation".split(
			",",
		),
		..."Validations,Rollbacks,A rollback,Constraints it,In constraints,Interaction".split(","),
	])("is no word that only has one in it: %s", (word) => {
		expect(labelled(`${word}: x`)).toEqual({ label: undefined, word, qualifier: undefined, rest: "x" });
	});

	it.each([
		["Changes:", "Changes", undefined, ""],
		["Changes: a\nb ", "Changes", undefined, "a\nb"],
		["Validation (on the host): a: b", "Validation", "on the host", "a: b"],
		["Validation  (): a", "Validation", "", "a"],
		["**Changes**: a", "Changes", undefined, "a"],
		["**Changes:** a", "Changes", undefined, "a"],
		["__Changes:__ a", "Changes", undefined, "a"],
		["**Validation (x)**: a", "Validation", "x", "a"],
		["C: a", "C", undefined, "a"],
		["Changes  : a", "Changes", undefined, "a"],
	])("has a qualifier, marks and a rest: %j", (text, word, qualifier, rest) => {
		expect(labelled(text)).toMatchObject({ word, qualifier, rest });
	});

	it.each([
		"Changes",
		"Changes:x",
		"9 lives: x",
		" Changes: x",
		"http://x",
		"a: ",
		`${"x".repeat(40)}: y`,
		"(x): y",
		"a_b: x",
	])("is not %j, or one of nothing known", (text) => {
		expect(labelled(text)?.label).toBeUndefined();
	});
});

describe("a heading", () => {
	it.each(["Validation", "Validation:", "Validation: ", "Validation (manual)", "**Validation**"])(
		"is a label: %s",
		(text) => {
			expect(headingLabel(text)?.label).toBe("validation");
		},
	);
	it.each(["Validation: of it", "Notes", "Notes:", "Validation of it", ""])("is none: %s", (text) => {
		expect(headingLabel(text)).toBeUndefined();
	});
});
