import { expect, it } from "vitest";
import { readDraft } from "../../src/plan/draft.ts";

const ENTRY = { title: "T", objective: "o", rollback: ["r"] };

it.each([
	[
		["file-exists docs", "file-exist docs"],
		"check 2: no check is called file-exist: did you mean file-exists? there are file-contains, file-lacks,",
	],
	[["nope docs"], "check 1: no check is called nope: there are file-contains,"],
	[['file-matches docs "("'], "check 1: file-matches: pattern is no regular expression"],
])("tells which check of %j is none", (checks, fault) => {
	const read = () => readDraft({ ...ENTRY, checks });
	expect(read).toThrow(expect.objectContaining({ code: "plan_draft" }));
	expect(read).toThrow(`the entry cannot be made: ${fault}`);
});

it("tells what is missing", () => {
	expect(() => readDraft({})).toThrow("the entry cannot be made: title is missing; objective is missing");
});
