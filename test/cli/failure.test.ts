import { describe, expect, it } from "vitest";
import { failureOf, stackOf } from "../../src/cli/failure.ts";

describe("a defect", () => {
	it("is told with its stack, and of what is no error, with its text", async () => {
		const defect = new TypeError("undefined is not a function");
		expect(await stackOf(defect)).toBe(defect.stack);
		expect(await stackOf("nothing")).toBe("nothing");
		expect(await stackOf(Object.assign(new Error("bare"), { stack: undefined }))).toBe("bare");
		expect(await failureOf(defect)).toMatchObject({ bug: true, exit: 70, text: `✖ bug in cres: ${defect.stack}` });
	});
});

it("takes a wait that was cut short for an interruption", async () => {
	const aborted = new DOMException("This operation was aborted", "AbortError");
	expect(await failureOf(aborted)).toMatchObject({ bug: false, exit: 130, json: { error: { code: "interrupted" } } });
});
