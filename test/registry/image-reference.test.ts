import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestOf, formatReference, parseReference, type Digest } from "../../src/registry/image-reference.ts";

const digest = `sha256:${"0f".repeat(32)}` as Digest;
const component = fc.stringMatching(/^[a-z0-9]{1,8}([._-][a-z0-9]{1,4})?$/);
const reference = fc.record({
	host: fc.constantFrom(undefined, "localhost", "localhost:5000", "ghcr.io", "127.0.0.1:5250"),
	repository: fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
	tag: fc.option(fc.stringMatching(/^\w[\w.-]{0,20}$/), { nil: undefined }),
	digest: fc.constantFrom(undefined, digest),
});

describe("image references", () => {
	it("survive format and parse", () => {
		const sameAgain = fc.property(reference, (value) => {
			// a first component like "localhost" reads as a host, as in Docker
			fc.pre(value.host !== undefined || !/^localhost\/|^[^/]*\.[^/]*\//.test(value.repository));
			expect(parseReference(formatReference(value))).toEqual(value);
		});
		fc.assert(sameAgain);
	});

	it.each([
		["Ghcr.io/Owner/App", "upper case is not allowed in a repository: ghcr.io/owner/app"],
		["app:", "write [host[:port]/]repository[:tag][@sha256:…], for example ghcr.io/owner/name:1.2"],
		["", "write [host[:port]/]repository[:tag][@sha256:…], for example ghcr.io/owner/name:1.2"],
		["app@sha256:12", "write [host[:port]/]repository[:tag][@sha256:…], for example ghcr.io/owner/name:1.2"],
	])("refuses %s with the valid form", (text, hint) => {
		expect(() => parseReference(text)).toThrow(
			expect.objectContaining({ code: "invalid_image_reference", exit: "usage", hint }),
		);
	});

	it("takes only whole sha256 digests", () => {
		expect(digestOf(digest)).toBe(digest);
		expect(() => digestOf("sha256:abc")).toThrow(expect.objectContaining({ code: "invalid_digest" }));
	});
});
