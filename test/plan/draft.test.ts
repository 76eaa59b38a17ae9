import { describe, expect, it } from "vitest";
import { changePoints, draftFile, mergedDraft, readDraft } from "../../src/plan/draft.ts";
import { refusal } from "../support/refusal.ts";

const ENTRY = { title: "T", objective: "o", rollback: ["r"] };
const CHECKED = { ...ENTRY, checks: ["file-exists docs"] };

describe("a draft", () => {
	it.each([
		[
			["file-exists docs", "file-exist docs"],
			"check 2: no check is called file-exist: did you mean file-exists? there are file-contains, file-lacks,",
		],
		[["nope docs"], "check 1: no check is called nope: there are file-contains,"],
		[['file-matches docs "("'], "check 1: file-matches: pattern is no regular expression"],
		[[{ kind: "mode", path: "a", mode: "x" }], "check 1: is no mode such as 0755"],
	])("tells which check of %j is none", (checks, fault) => {
		const read = () => readDraft({ ...ENTRY, checks });
		expect(read).toThrow(expect.objectContaining({ code: "plan_draft" }));
		expect(read).toThrow(`the entry cannot be made: ${fault}`);
	});

	it.each<[string, unknown, string]>([
		["title", {}, "title is missing; objective is missing"],
		["rollback", { ...CHECKED, rollback: [] }, "rollback is missing: no step says how it is undone"],
		["validation", ENTRY, "validation is missing: neither a check nor anything observed"],
		["observed", { ...ENTRY, validation: [{ label: "x" }] }, "validation is missing: "],
		["label", { ...ENTRY, validation: [{ observed: ["x"] }] }, "validation.0.label is missing"],
		["change", { ...CHECKED, changes: [{ items: ["x"] }] }, "changes.0 needs a path or a text"],
		["other change", { ...CHECKED, changes: [7] }, "changes.0 is neither a text nor { path, text, items }"],
		[
			"check of a group",
			{ ...ENTRY, validation: [{ label: "x", checks: ["y"] }] },
			"validation.0.checks.0 no check is",
		],
		["list of checks", { ...ENTRY, checks: "file-exists docs" }, "checks Invalid input"],
		["unknown name", { ...CHECKED, tite: "x" }, 'the entry Unrecognized key: "tite"'],
		["number", 7, "the entry Invalid input"],
		["blank text", { ...CHECKED, objective: "  " }, "objective Too small"],
	])("tells what is wrong with its %s", (_what, given, fault) => {
		expect(() => readDraft(given)).toThrow(`the entry cannot be made: ${fault}`);
	});

	it("takes a text for a list, checks in both forms, and no blanks around a text", () => {
		const file = { kind: "file", path: "docs", expect: "present" };
		expect(readDraft({ ...CHECKED, root_cause: " a ", follow_up: ["b"], title: " T " })).toEqual({
			...{ title: "T", objective: "o", root_cause: ["a"], follow_up: ["b"], rollback: ["r"] },
			...{ constraints: [], changes: [], validation: [], checks: [file] },
		});
		expect(readDraft({ ...ENTRY, checks: [file, "check: file-exists docs"] }).checks).toEqual([file, file]);
		const seen = { label: "x", observed: "y", checks: ["file-exists docs"] };
		expect(readDraft({ ...ENTRY, validation: [seen] }).validation).toEqual([
			{ label: "x", observed: ["y"], checks: [file] },
		]);
	});
});

describe("the file of a draft", () => {
	it("is an object of YAML or JSON", async () => {
		expect(await draftFile("title: x\nchecks: [a]\n", "f")).toEqual({ title: "x", checks: ["a"] });
		expect(await draftFile('{"title": "x"}', "f")).toEqual({ title: "x" });
	});

	it.each([
		["a: [", /^f\.yaml is neither YAML nor JSON: [^\n]+$/],
		["a: &x [1]\nb: *x\n", /^f\.yaml is neither YAML nor JSON: Alias resolution is disabled/],
		["- a", /^f\.yaml holds no object with title/],
		["text", /^f\.yaml holds no object/],
		["", /^f\.yaml holds no object/],
		["7", /^f\.yaml holds no object/],
	])("is not %j", async (text, message) => {
		expect(await refusal(draftFile(text, "f.yaml"))).toEqual({
			...{
				code: "plan_draft",
				message: expect.stringMatching(message),
				hint: expect.stringContaining("cres guide plan"),
			},
		});
	});
});

describe("what flags add to a file", () => {
	it("are points of its lists, and values in place of its own", () => {
		const file = { title: "a", changes: ["b"], root_cause: "c", objective: "d", rollback: undefined };
		const more = { title: "A", changes: ["B"], root_cause: ["C"], rollback: ["E"], objective: undefined, checks: [] };
		expect(mergedDraft(file, more)).toEqual({
			...{ title: "A", changes: ["b", "B"], root_cause: ["c", "C"], objective: "d", rollback: ["E"] },
		});
		expect(file).toMatchObject({ changes: ["b"], title: "a" });
	});
});

it("a change has its path as code, its text behind a colon, and its points below", () => {
	const { changes } = readDraft({
		...CHECKED,
		changes: ["plain", { path: "a`b" }, { text: "t" }, { path: "p", text: "t" }, { path: "p", items: ["i", "j"] }],
	});
	expect(changePoints(changes)).toEqual(["plain", "`a'b`", "t", "`p`: t", { text: "`p`", items: ["i", "j"] }]);
});
