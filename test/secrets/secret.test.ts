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
		const key = Buffer.alloc(32, 1);
		const prints = [secret.fingerprint("A", key), secret.fingerprint("B", key), other.fingerprint("A", key)];
		expect(new Set(prints).size).toBe(3);
		expect(secret.fingerprint("A", key)).toBe(prints[0]);
		expect(prints[0]).toMatch(/^[0-9a-f]{8}:[0-9a-f]{16}$/);
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

	it("A14: blanks it in every alphabet of base64, inside a longer one too", () => {
		const value = "~~sentinel??>>value";
		new Secret(value);
		for (const encoding of ["base64", "base64url"] as const)
			for (const user of ["", "a:", "an:", "ann:", '{"password":"'])
				for (const end of ["", '"}', "\n"]) {
					const header = Buffer.from(user + value + end).toString(encoding);
					const seen = redact(`Authorization: Basic ${header}.`);
					expect(seen, user).toContain("[redacted]");
					const rest = seen.slice("Authorization: Basic ".length, -1).split("[redacted]");
					for (const one of rest) expect(Buffer.from(one, encoding).toString("latin1")).not.toMatch(/sent|tinel|val/);
				}
	});

	it("A14: blanks it percent-encoded in small letters, in a form, and in hex", () => {
		const value = "p/ss w=rd+ö";
		new Secret(value);
		const percent = encodeURIComponent(value);
		const small = percent.replaceAll(/%[0-9A-F]{2}/g, (one) => one.toLowerCase());
		const hex = Buffer.from(value).toString("hex");
		for (const form of [percent, small, small.replaceAll("%20", "+"), hex, hex.toUpperCase()])
			expect(redact(`<${form}>`)).toBe("<[redacted]>");
	});

	it("A14: blanks a key of several lines line by line", () => {
		const lines = [
			"-----BEGIN PRIVATE KEY-----",
			"MIIEvQIBADANBgkqhkiG",
			"9w0BAQEFAASCBKcwggSj",
			"-----END PRIVATE KEY-----",
		];
		new Secret(lines.join("\n"));
		expect(redact(lines.map((line) => `| ${line}`).join("\n"))).toBe(
			`| ${lines[0]}\n| [redacted]\n| [redacted]\n| ${lines[3]}`,
		);
	});

	it("A14: blanks a line of a key from 8 characters on", () => {
		new Secret("-----BEGIN K-----\nQUJDREVG\nR0hJSkt\n-----END K-----");
		expect(redact("| QUJDREVG | R0hJSkt")).toBe("| [redacted] | R0hJSkt");
	});

	it("looks for no value that is empty", () => {
		new Secret("", { name: "EMPTY_CODE" });
		expect(redact("EMPTY_CODE= 1")).toBe("EMPTY_CODE= 1");
	});

	it("A14: blanks a short value behind its name, and nowhere else", () => {
		new Secret("1234", { name: "PIN_CODE" });
		for (const text of ["PIN_CODE=1234", '"PIN_CODE": "1234"', "PIN_CODE: '1234'", "export PIN_CODE=1234;"])
			expect(redact(text)).toBe(text.replace("1234", "[redacted]"));
		for (const text of ["port 1234", "PIN_CODE=12345", "MY_PIN_CODES=1234"]) expect(redact(text)).toBe(text);
	});

	it("A14: blanks a short value behind its name in small letters, as a flag, and behind a blank", () => {
		new Secret("9z8", { name: "DOOR_CODE" });
		for (const text of [
			"--door-code 9z8",
			"--door-code=9z8",
			"door_code: 9z8",
			"DOOR_CODE 9z8",
			'{"doorCode":1,"door_code":"9z8"}',
		])
			expect(redact(text)).toBe(text.replace("9z8", "[redacted]"));
		for (const text of ["--my_door_code 9z8", "door code 9z8", "door_code 9z8a"]) expect(redact(text)).toBe(text);
	});

	it("A14: blanks it with the escapes of other writers of JSON and addresses", () => {
		const value = "a/b ü?c=dé";
		new Secret(value);
		const ascii = "a/b \\u00fc?c=d\\u00e9";
		const forms = [
			ascii,
			ascii.replaceAll("/", "\\/"),
			ascii.replace("fc", "FC").replace("e9", "E9"),
			encodeURI(value),
		];
		for (const form of [...forms, JSON.stringify(value).slice(1, -1).replaceAll("/", "\\/")])
			expect(redact(`<${form}>`)).toBe("<[redacted]>");
	});

	it("A14: blanks the short last line of a key", () => {
		new Secret("-----BEGIN K-----\nQUJDREVGR0hJSktMTU5PUFFSU1RV\nZZ9yXw8q=\n-----END K-----\n");
		expect(redact("| ZZ9yXw8q=")).toBe("| [redacted]");
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
