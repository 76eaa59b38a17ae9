import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, test } from "vitest";
import { mayMatch } from "../../../src/checks/tree/may-match.ts";
import { requiredBy } from "../../../src/checks/tree/required.ts";
import { SourceFile } from "../../../src/checks/tree/source-file.ts";
import { scriptSyntax } from "../../../src/checks/tree/syntax.ts";
import { Trigrams } from "../../../src/checks/tree/trigrams.ts";
import { corpus } from "../../support/triage-corpus.ts";

it.each<[RegExp, string[][]]>([
	[/abc/, [["abc"]]],
	[/ab/, []],
	[/^\bfoo(?!x)Bar$/, [["foobar"]]],
	[/foo+bar/, [["foo"], ["bar"]]],
	[/fo*bar/, [["bar"]]],
	[/https?:\/\//, [["https://", "http://"]]],
	[/(?:environ\.get|getenv)\(\s*["'](\w+)/, [["environ.get(", "getenv("]]],
	[/gh[pous]_|AKIA/, [["ghp_", "gho_", "ghu_", "ghs_", "akia"]]],
	[/[a-z]{2}port[^x]open/, [["port"], ["open"]]],
	[/abc|d/, []],
	[/abc|(?:de)+f[^]*ghi/, [["abc", "ghi"]]],
	[/(?<name>abc){2}d/, [["abc"]]],
	[/(?:abc){0,2}def/, [["def"]]],
	[/(abc)?def/, [["abcdef", "def"]]],
	[/(?<=abc)def(?=ghi)/, [["def"]]],
	[/\x41bcd\u0041\cJefg\d/, [["bcd"], ["efg"]]],
	[new RegExp(String.raw`a\.b\/c\-d`), [["a.b/c-d"]]],
	[/größe/, []],
	[/[^abc]def[\]]/, [["def]"]]],
	[/abc/u, []],
	[/[abc]/v, []],
])("%s needs %j", (pattern, expected) => {
	expect(requiredBy(pattern)).toEqual(expected);
});

/** The patterns that stand in a third of the sources of the checks. */
function patternsOfChecks(): RegExp[] {
	const folder = join(import.meta.dirname, "../../../src/checks");
	const paths = globSync("**/*.ts", { cwd: folder }).filter((_, at) => at % 3 === 0);
	return paths.flatMap((path) => {
		const file = new SourceFile(path, readFileSync(join(folder, path), "utf8"), false);
		const found: RegExp[] = [];
		scriptSyntax(file).iterate({
			enter({ name, from, to }) {
				if (name !== "RegExp") return;
				const [, source, flags] = /^\/(.*)\/(\w*)$/s.exec(file.text.slice(from, to))!;
				found.push(new RegExp(source!, flags!.replaceAll(/[gy]/g, "")));
			},
		});
		return found;
	});
}

test("no pattern of a check matches where a literal is missing that it is said to need", () => {
	const texts = corpus()
		.filter((_, at) => at % 40 === 0)
		.flatMap(({ tree }) => tree.files.map(({ text }) => text));
	const whole = texts.join("\n");
	const patterns = patternsOfChecks();
	const matched = patterns.flatMap((pattern) => {
		const match = pattern.exec(whole)?.[0];
		return match === undefined ? [] : [{ pattern, match }];
	});
	expect(matched.filter(({ pattern, match }) => !mayMatch(pattern, new Trigrams(match)))).toEqual([]);
	expect(matched.length).toBeGreaterThan(200);
	expect(patterns.filter((pattern) => requiredBy(pattern).length > 0).length).toBeGreaterThan(300);
});
