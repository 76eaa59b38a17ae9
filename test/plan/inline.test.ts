import { describe, expect, it } from "vitest";
import { codeSpans, piecesOf, plainText } from "../../src/plan/inline.ts";

describe("code spans", () => {
	it.each<[string, string[]]>([
		["`a` and `b`", ["a", "b"]],
		["``a ` b`` `c`", ["a ` b", "c"]],
		["` a ` `  b  ` ` c` `d `", ["a", " b ", " c", "d "]],
		["` ` `  `", [" ", "  "]],
		["`` ` ``", ["`"]],
		["`a\nb`", ["a\nb"]],
		["`open and ``closed``", ["closed"]],
		["``open `closed`", ["closed"]],
		["\\`a` b`", [" b"]],
		["\\\\`a`", ["a"]],
		["\\\\\\`a` b`", [" b"]],
		["\\``a`", ["a"]],
		["`a\\` b", ["a\\"]],
		["`a` ` b", ["a"]],
		["none", []],
	])("of %j", (text, spans) => {
		expect(codeSpans(text)).toEqual(spans);
	});

	it("leave the text around them, and nothing empty", () => {
		expect(piecesOf("a `b``c` d")).toEqual([
			{ code: false, text: "a " },
			{ code: true, text: "b``c" },
			{ code: false, text: " d" },
		]);
		expect(piecesOf("`a``b`").map(({ text }) => text)).toEqual(["a``b"]);
		expect(piecesOf("`a`")).toEqual([{ code: true, text: "a" }]);
		expect(piecesOf("")).toEqual([]);
	});
});

describe("text as it is read", () => {
	it.each([
		[" plain ", "plain"],
		[" `a` ", "a"],
		["[a](b) ![c](d) [e](<f g>) [h]()", "a c e h"],
		["[a] (b) [c](d e)", "[a] (b) [c](d e)"],
		["a <b>c</b> <br/> d<!-- e -->", "a c  d"],
		["a < b > c <3", "a < b > c <3"],
		["**a** __b__ ~~c~~", "a b c"],
		["** a ** **b ** ~~ c~~", "** a ** **b ** ~~ c~~"],
		["*a* _b_ *c d*", "a b c d"],
		["*a *b * c* _ d_", "*a *b * c* _ d_"],
		["snake_case_name 2*3*4 a_b_", "snake_case_name 2*3*4 a_b_"],
		["x _a_. (_b_) _c_d", "x a. (b) _c_d"],
		["&amp;&lt;&gt;&quot;&apos;", "&<>\"'"],
		["a&nbsp;b", "a\u00A0b"],
		["&#65;&#x42;&#X43; &#128512;", "ABC 😀"],
		["&#0; &#9999999; &#x10FFFF; &#xFFFFFF;", "\uFFFD \uFFFD \u{10FFFF} \uFFFD"],
		["&copy; &amp &#;", "&copy; &amp &#;"],
		[
			"\\*a\\* \\_b\\_ \\[c\\] \\`d\\` \\~~e~~ \\**f** \\! \\/ \\: \\@ \\{ \\~",
			"*a* _b_ [c] `d` ~~e~~ **f** ! / : @ { ~",
		],
		["\\a \\ b \\1", "\\a \\ b \\1"],
		["`*a* &amp; \\*` *b*", "*a* &amp; \\* b"],
	])("of %j", (text, plain) => {
		expect(plainText(text)).toBe(plain);
	});
});
