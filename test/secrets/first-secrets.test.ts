import { expect, it } from "vitest";
import { redact, Secret } from "../../src/secrets/secret.ts";

it("blanks secrets from the first one on: none, one that is short, one of each kind", () => {
	const text = "DOOR=9z8, the sentinel-of-first";
	expect(redact(text)).toBe(text);
	new Secret("9z8", { name: "DOOR" });
	expect(redact(text)).toBe("DOOR=[redacted], the sentinel-of-first");
	new Secret("sentinel-of-first");
	expect(redact(text)).toBe("DOOR=[redacted], the [redacted]");
});
