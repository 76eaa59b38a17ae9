import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkSchema, type Check } from "../../src/plan/check.ts";
import { checkItem, checkText, parseCheck, readCheckItem } from "../../src/plan/check-text.ts";
import { blocksOf } from "../../src/plan/blocks.ts";
import { leaving } from "../../src/secrets/leaving.ts";

const text = (most: number) =>
	fc.oneof(fc.string({ unit: "binary", minLength: 1, maxLength: most }), fc.string({ minLength: 1, maxLength: most }));
const part = fc.oneof(fc.constantFrom("docs", "x.md", "a b", 'q"q', "`", "é", "-", "\u202E", "ü.ts"), text(8));
const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
const expectation = fc.constantFrom("present" as const, "absent" as const);
const files = fc.array(path, { minLength: 1, maxLength: 4 });

/** Any check that the schema takes. */
const checks: fc.Arbitrary<Check> = fc
	.oneof(
		fc.record({ kind: fc.constant("text"), files, pattern: text(40), expect: expectation }),
		fc.record({ kind: fc.constant("regex"), files, pattern: text(20), expect: expectation }),
		fc.record({ kind: fc.constant("file"), path, expect: expectation }),
		fc.record({ kind: fc.constant("mode"), path, mode: fc.constantFrom("0755", "0600") }),
		fc.record({ kind: fc.constant("yaml"), files }),
		fc.record({
			kind: fc.constant("http"),
			url: fc.webUrl({ withQueryParameters: true }),
			status: fc.integer({ min: 100, max: 599 }),
		}),
		fc.record({ kind: fc.constant("poller"), queue: fc.stringMatching(/^[^@\s]{1,9}$/).map((base) => `${base}@gpu`) }),
	)
	.map((one) => checkSchema.safeParse(one))
	.filter(({ success }) => success)
	.map(({ data }) => data!);

describe("the text of a check", () => {
	it.each<[Check, string]>([
		[
			{ kind: "text", files: ["docs/x.md"], pattern: "text", expect: "present" },
			'check: file-contains docs/x.md "text"',
		],
		[
			{ kind: "text", files: ["a", "b c"], pattern: 'say "`x`"', expect: "absent" },
			'check: file-lacks a "b c" "say \\"\\u0060x\\u0060\\""',
		],
		[{ kind: "regex", files: ["."], pattern: "^a|b\\.", expect: "present" }, 'check: file-matches . "^a|b\\\\."'],
		[{ kind: "regex", files: ["a"], pattern: "x", expect: "absent" }, 'check: file-never-matches a "x"'],
		[{ kind: "file", path: "a", expect: "present" }, "check: file-exists a"],
		[{ kind: "file", path: "a", expect: "absent" }, "check: file-absent a"],
		[{ kind: "mode", path: "a", mode: "0755" }, "check: file-mode a 0755"],
		[{ kind: "yaml", files: ["a", "b"] }, "check: yaml-parses a b"],
		[
			{ kind: "http", url: "http://127.0.0.1:3000/x?y=1", status: 200 },
			"check: http-status http://127.0.0.1:3000/x?y=1 200",
		],
		[{ kind: "poller", queue: "video@gpu" }, "check: poller-present video@gpu"],
	])("of %j", (check, written) => {
		expect(checkText(check)).toBe(written);
		expect(parseCheck(written)).toEqual({ check });
	});

	it("gives every check back, also as a point of a list, as Markdown and this program's filter leave it", () => {
		fc.assert(
			fc.property(
				checks,
				fc.constantFrom("passed" as const, "failed" as const, "not verified" as const),
				(check, outcome) => {
					expect(parseCheck(checkText(check))).toEqual({ check });
					const item = leaving(checkItem(check, outcome, "docs/x.md:12"));
					const [block] = blocksOf({ text: `## 2026-01-01 - T\n- ${item}\n`, line: 1 });
					expect(block).toMatchObject({ kind: "item", text: item, children: [] });
					expect(readCheckItem(item, 2)).toEqual({ line: 2, check, outcome, observed: "docs/x.md:12" });
				},
			),
			{ numRuns: 1_000 },
		);
	});

	it("answers any text with a check or a fault", () => {
		const word = fc.oneof(
			fc.constantFrom("file-contains", "file-mode", '"', '"a"', "\\", "../x", "a", "0755"),
			fc.string(),
		);
		fc.assert(
			fc.property(fc.array(word), (words) => {
				const read = parseCheck(words.join(" "));
				return "check" in read || read.fault.length > 0;
			}),
		);
	});
});

describe("no check", () => {
	it.each([
		["", "no check is called nothing"],
		["file-contain a b", "no check is called file-contain: did you mean file-contains? there are file-contains, "],
		["constructor a", "no check is called constructor"],
		['file-contains a "b', "a quotation mark is not closed"],
		['file-contains a "\\x"', "is no JSON string"],
		["file-contains a", "files"],
		["file-exists a b", "Unrecognized key"],
		["file-exists ../a", "below the project's directory"],
		["file-exists a/../../b", "below the project's directory"],
		["file-exists /etc/passwd", "below the project's directory"],
		["file-exists ~/x", "below the project's directory"],
		["file-exists C:/x", "below the project's directory"],
		['file-exists "a\\\\b"', "below the project's directory"],
		['file-exists "a\\u0000b"', "below the project's directory"],
		["file-mode a 999", "is no mode such as 0755"],
		['file-matches a "("', "is no regular expression"],
		["http-status ftp://a 200", "is no http address without a credential"],
		["http-status http://u:p@a 200", "is no http address without a credential"],
		["http-status http://a x", "status"],
		["poller-present video", "is no task queue"],
	])("is '%s'", (given, fault) => {
		expect(parseCheck(given)).toEqual({ fault: expect.stringContaining(fault) });
	});

	it("stands in a point that only looks like one", () => {
		expect(readCheckItem("run `rg check: x`", 1)).toBeUndefined();
		expect(readCheckItem("see `check: file-exists a` and `b`", 1)).toHaveProperty("fault");
		expect(readCheckItem("`check: file-exists a` → fine: x", 1)).toMatchObject({
			fault: expect.stringContaining("is no outcome"),
		});
		for (const arrow of ["→", "  →  ", " → "])
			expect(readCheckItem(`\`check: file-exists a\`${arrow}passed`, 1)).toMatchObject({ outcome: "passed" });
		expect(readCheckItem("`check: file-exists a`", 7)).toStrictEqual({
			line: 7,
			check: { kind: "file", path: "a", expect: "present" },
		});
	});
});
