import { expect, it } from "vitest";
import { formsOf } from "../../src/secrets/forms.ts";

it("looks for a value in these forms, and in no other", () => {
	expect(formsOf("a/ü 1")).toEqual([
		"a/ü 1",
		...["a\\/ü 1", "a/\\u00fc 1", "a\\/\\u00fc 1", "a/\\u00FC 1"],
		...["a%2F%C3%BC%201", "a%2f%c3%bc%201", "a/%C3%BC%201", "a/%c3%bc%201", "a%2F%C3%BC+1", "a%2f%c3%bc+1"],
		...["612fc3bc2031", "612FC3BC2031"],
		...["YS/DvCAx", "YS_DvCAx", "Evw7wgM", "hL8O8ID"],
	]);
	expect(formsOf("abcd").filter((form) => form.includes("="))).toEqual(["YWJjZA=="]);
	expect(formsOf("abcd")).toContain("YWJjZA");
});
