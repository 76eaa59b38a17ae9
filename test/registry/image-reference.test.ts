import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
	buildTag,
	digestAt,
	digestOf,
	formatReference,
	parseReference,
	type Digest,
	type ImageReference,
} from "../../src/registry/image-reference.ts";

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

	it.each<[string, Partial<ImageReference>]>([
		["app", { repository: "app" }],
		["localhost/app", { host: "localhost", repository: "app" }],
		["host:5000/o/app", { host: "host:5000", repository: "o/app" }],
		["a-1.B.c:65/a__b/c--d.e_f:V_1.2-x", { host: "a-1.B.c:65", repository: "a__b/c--d.e_f", tag: "V_1.2-x" }],
		[`owner/app:${"t".repeat(128)}@${digest}`, { repository: "owner/app", tag: "t".repeat(128), digest }],
	])("name host, repository, tag and digest: %s", (text, parts) => {
		const none = { host: undefined, tag: undefined, digest: undefined };
		expect(parseReference(text)).toEqual({ ...none, ...parts });
	});

	it.each([
		"a..b",
		"a/",
		"/a",
		"a//b",
		"-a",
		"a_",
		"a___b",
		"-h.x/a",
		"h-.x/a",
		"a:-t",
		`a:${"t".repeat(129)}`,
		`a@${digest}0`,
		`a@${digest.toUpperCase()}`,
		"a b",
		" a",
		"a ",
		"a:1:2",
	])("have no other form: '%s'", (text) => {
		expect(() => parseReference(text)).toThrow(
			expect.objectContaining({ code: "invalid_image_reference", message: `"${text}" is not an image reference` }),
		);
	});

	it("give each build its tag", () => {
		expect(buildTag("0123")).toBe("b-0123");
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

	it.each([
		[`o/w@${digest}`, digest],
		[`push.test:5000/o/w@${digest}`, digest],
		[`pull.test/o/w:1.2@${digest}`, digest],
		[`ghcr.io/o/w@${digest}`, "elsewhere"],
		[`o/other@${digest}`, "elsewhere"],
		[digest, undefined],
		["o/w:1.2", undefined],
		["", undefined],
	])("of the repository of cres.yaml are told from others: '%s'", (text, expected) => {
		const registry = { push: { address: "push.test:5000" }, pull: { address: "pull.test" } };
		expect(digestAt(text, { image: { repository: "o/w" }, registry })).toBe(expected);
	});

	it("takes only whole sha256 digests", () => {
		expect(digestOf(digest)).toBe(digest);
		for (const text of ["sha256:abc", `x${digest}`, `${digest}0`, digest.replace("0f", "0F"), digest.slice(7), ""])
			expect(() => digestOf(text), text).toThrow(expect.objectContaining({ code: "invalid_digest", exit: "usage" }));
	});
});
