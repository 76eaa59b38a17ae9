import { expect, it, test } from "vitest";
import { SourceFile } from "../../../src/checks/tree/source-file.ts";

const file = new SourceFile("run.py", 'import os\nURL = os.environ["STORE_URL"]\r\n# größer: KEY\n', false);

it.each<[RegExp, boolean]>([
	[/environ\[/, true],
	[/ENVIRON\[/i, true],
	[/ENVIRON\[/, false],
	[/getenv\(|environ\[/, true],
	[/getenv\(/, false],
	[/größer/, true],
	[/^# /m, true],
	[/[A-Z]{5}/, true],
])("has %s: %s", (pattern, expected) => {
	expect(file.has(pattern)).toBe(expected);
	expect(file.mayMatch(pattern) || !expected).toBe(true);
});

test("a pattern that needs a literal that is not there is not run", () => {
	expect([/getenv\(/, /environ\(/, /STORE_NAME/].map((one) => file.mayMatch(one))).toEqual([false, false, false]);
	expect(file.matches(/getenv\((\w+)/g)).toEqual([]);
	expect(file.matches(/[A-Z]+_(URL)/g).map(([, name]) => name)).toEqual(["URL"]);
});

test("finds literals, short ones and those outside of ASCII too", () => {
	expect(["os", "STORE_URL", "größer", "store_url", "x"].map((one) => file.includes(one))).toEqual([
		true,
		true,
		true,
		false,
		false,
	]);
});

test("a large text has a filter as good as a small one's", () => {
	const large = new SourceFile("a.txt", Array.from({ length: 20_000 }, (_, at) => `line ${at}`).join("\n"), false);
	expect(["line 19999", "line 20000", "getenv("].map((one) => large.includes(one))).toEqual([true, false, false]);
	expect(large.mayMatch(/getenv\(/)).toBe(false);
});

test("an offset has the line that it stands in, whatever ends the lines", () => {
	const mixed = new SourceFile("a.txt", "a\r\nb\rc\nd", false);
	expect([0, 2, 3, 5, 7].map((at) => mixed.lineAt(at))).toEqual([1, 1, 2, 3, 4]);
	expect([1, 2, 3, 4, 5].map((line) => mixed.startOf(line))).toEqual([0, 3, 5, 7, 8]);
	expect(mixed.lines).toEqual(["a", "b", "c", "d"]);
});
