import { expect, it } from "vitest";
import { failureText } from "../../src/cli/failure-text.ts";
import { Secret } from "../../src/secrets/secret.ts";

it("says what failed in the form of every error, after the evidence and without secrets", () => {
	const secret = new Secret("hush-of-the-log").reveal();
	const failures = [
		{ message: "a did not go live", hint: "cres logs a", code: "never_polled" },
		{ message: "b failed", hint: "", code: "disk_full" },
	];
	expect(failureText(failures, ["  | last words", `  | ${secret}`])).toBe(
		[
			...["  | last words", "  | [redacted]", "✖ a did not go live", "  → cres logs a", "  code: never_polled"],
			...["✖ b failed", "  code: disk_full"],
		].join("\n"),
	);
});
