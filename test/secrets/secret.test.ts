import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Secret, redact } from "../../src/secrets/secret.ts";

describe("Secret", () => {
	const secret = new Secret("hunter2-correct horse");

	it("shows itself nowhere", () => {
		// oxlint-disable-next-line typescript/restrict-template-expressions -- a template must not show it either
		expect([String(secret), JSON.stringify({ secret }), inspect({ secret }), `${secret}`]).toEqual([
			"[redacted]",
			'{"secret":"[redacted]"}',
			"{ secret: [redacted] }",
			"[redacted]",
		]);
	});

	it("gives its value to who asks for it by name", () => {
		expect(secret.reveal()).toBe("hunter2-correct horse");
	});

	it("has a fingerprint that changes with value and name", () => {
		const other = new Secret("other-value");
		expect(new Set([secret.fingerprint("A"), secret.fingerprint("B"), other.fingerprint("A")]).size).toBe(3);
		expect(secret.fingerprint("A")).toMatch(/^[0-9a-f]{16}$/);
	});
});

describe("redact", () => {
	it("blanks a secret as it is, in base64, percent-encoded and inside JSON", () => {
		const value = 'p"ss wörd/+1';
		new Secret(value);
		const forms = [
			value,
			Buffer.from(value).toString("base64"),
			encodeURIComponent(value),
			JSON.stringify(value).slice(1, -1),
		];
		expect(forms.map((form) => redact(`<${form}>`))).toEqual(forms.map(() => "<[redacted]>"));
	});

	it("leaves values shorter than 6 characters alone, for they occur in ordinary text", () => {
		new Secret("five5");
		new Secret("six-66");
		expect(redact("five5 six-66")).toBe("five5 [redacted]");
	});

	it("leaves nothing of a secret that begins with another one", () => {
		new Secret("stem-of-it");
		new Secret("stem-of-it-and-more");
		new Secret("stem-of-it-an");
		expect(redact("a stem-of-it-and-more b stem-of-it c stem-of-it-an")).toBe("a [redacted] b [redacted] c [redacted]");
	});

	it("does not look for a value that is hidden only where it stands", () => {
		const secret = new Secret("production", { sought: false });
		expect([redact("production"), String(secret)]).toEqual(["production", "[redacted]"]);
	});

	it("shows no secret, whatever stands around it", () => {
		const value = "fast-check-sentinel+/=ü";
		new Secret(value);
		fc.assert(
			fc.property(fc.string(), fc.string(), (before, after) => !redact(before + value + after).includes(value)),
		);
	});
});
