import { expect, test } from "vitest";
import { SourceFile } from "../../../src/checks/tree/source-file.ts";
import { isCommentLine, kindAt, type TokenKind } from "../../../src/checks/tree/tokens.ts";

/** Kind at each X of the text. */
function kindsAt(path: string, text: string): TokenKind[] {
	const file = new SourceFile(path, text, false);
	return [...text.matchAll(/X/g)].map(({ index }) => kindAt(file, index));
}

test.for<[string, string, TokenKind[]]>([
	[
		"a.py",
		'"""X"""\nX = "X" # X\nf"X"\ndef f():\n    """X"""\n    return f"{1}X"',
		["comment", "code", "string", "comment", "comment", "comment", "string"],
	],
	["a.ts", "const X: string = `X`; // X\n/* X */ f('X')", ["code", "string", "comment", "comment", "string"]],
	["a.tsx", 'const a = <p title="X">X</p>; // X', ["string", "string", "comment"]],
	[
		"a.sh",
		'a=X # X\nb="X"\necho a#X $# \nc=${X#y}\ncat <<EOF\n# X\nEOF\n# X',
		["code", "comment", "string", "code", "code", "string", "comment"],
	],
	[
		"a.ps1",
		'$a = "X" # X\n<# X\nX #>\n$b = @"\n# X\n"@\nX',
		["string", "comment", "comment", "comment", "string", "code"],
	],
	["nginx.conf", "listen X; # X\nproxy_pass http://h/#X;\n", ["code", "comment", "code"]],
	[
		"a.yaml",
		'a: X # X\nb: "X"\nrun: |\n  X\n  # X\nc: a#X\n',
		["code", "comment", "string", "string", "comment", "code"],
	],
	["a.toml", "a = 'X' # X\n# X\n", ["string", "comment", "comment"]],
	["supervisord.conf", "; X\ncommand=X ; X\na=b;X\n# X", ["comment", "code", "comment", "code", "comment"]],
	[".env", "A=X # X\n# X\nB=a#X", ["code", "comment", "comment", "code"]],
	["Dockerfile", "# X\nRUN a \\\n  # X\n && X", ["comment", "comment", "code"]],
	["a.bat", "rem X\n:: X\n@REM X\nremX", ["comment", "comment", "comment", "code"]],
	["a.json", '{"X": "X", // X\n "a": 1 /* X */}', ["string", "string", "comment", "comment"]],
	["a.md", "X `X`\n\n```sh\nX\n```\n\n<!-- X -->\n", ["prose", "prose", "code", "comment"]],
	["notes", "X", ["prose"]],
])("%s: what stands where", ([path, text, kinds]) => {
	expect(kindsAt(path, text)).toEqual(kinds);
});

test("a line is a comment by its first character that is no blank", () => {
	const file = new SourceFile("a.sh", "x # y\r\n  # z\r\n\r\n", false);
	expect([1, 2, 3].map((line) => isCommentLine(file, line))).toEqual([false, true, false]);
});
