import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutEscapes } from "../../src/system/escapes.ts";

const ESC = "\u001B";
const BEL = "\u0007";

describe("withoutEscapes", () => {
	it.each([
		[`${ESC}[31mred${ESC}[0m`, "red"],
		[`${ESC}]8;;https://host/${BEL}link${ESC}]8;;${BEL}`, "link"],
		[`${ESC}]52;c;aGk=${ESC}\\text`, "text"],
		[`\u009D0;title\u009Ctext`, "text"],
		[`a${ESC}[?25l${ESC}(Bb`, "ab"],
		["no escape; [31m", "no escape; [31m"],
	])("takes %j for %j", (text, expected) => {
		expect(withoutEscapes(text)).toBe(expected);
	});

	it("does as Node does where each sequence has its end", () => {
		const pieces = fc.constantFrom(
			"a",
			"1;",
			"\n",
			"字",
			`${ESC}[1;31m`,
			`${ESC}[K`,
			`${ESC}]0;t${BEL}`,
			`${ESC}]8;;u${ESC}\\`,
		);
		fc.assert(
			fc.property(fc.array(pieces), (parts) => {
				const text = parts.join("");
				expect(withoutEscapes(text)).toBe(stripVTControlCharacters(text));
			}),
		);
	});

	it.each([`${ESC}]`, `${ESC}]0;`, "\u009D", ESC, `${ESC}[1;`, `${ESC}[;`, "\u009B1"])(
		"A17: takes a moment for a megabyte of %j, none of which ends",
		(piece) => {
			const before = process.threadCpuUsage();
			withoutEscapes(piece.repeat(1_000_000 / piece.length));
			const { user, system } = process.threadCpuUsage(before);
			expect((user + system) / 1_000).toBeLessThan(1_000);
		},
	);
});
