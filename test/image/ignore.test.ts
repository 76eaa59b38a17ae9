import { describe, expect, it } from "vitest";
import { ignoring } from "../../src/image/ignore.ts";

const FILES = [
	"package.json",
	"src/a.ts",
	"src/deep/b.test.ts",
	"docs/x.md",
	"a[1].txt",
	"#note",
	"README.md",
	"node_modules/p/i.js",
];
const kept = (text: string) => FILES.filter((path) => !ignoring(text)(path));

describe("T03: .dockerignore", () => {
	it.each([
		["", FILES],
		["# comment\n\n   \n", FILES],
		["**\n!src/**\n!package.json", ["package.json", "src/a.ts", "src/deep/b.test.ts"]],
		["*\n!src", ["src/a.ts", "src/deep/b.test.ts"]],
		["**/*.test.ts  \nnode_modules/\t\n/docs", ["package.json", "src/a.ts", "a[1].txt", "#note", "README.md"]],
		["*.md\n!README.md\n", FILES.filter((path) => path !== "nothing")],
		[
			"docs/*.md\r\n!docs/y.md\r\nnode_modules\r\n",
			["package.json", "src/a.ts", "src/deep/b.test.ts", "a[1].txt", "#note", "README.md"],
		],
		["src/**/b*\n", FILES.filter((path) => path !== "src/deep/b.test.ts")],
		["a\\[1\\].txt\n", FILES.filter((path) => path !== "a[1].txt")],
		["a[[]1].txt\n", FILES.filter((path) => path !== "a[1].txt")],
		["\uFEFFsrc/../docs\n./src/./a.?s\n", FILES.filter((path) => !["docs/x.md", "src/a.ts"].includes(path))],
		["!src\nsrc\n", FILES.filter((path) => !path.startsWith("src/"))],
		["[z-a]\n", FILES],
	])("%j", (text, expected) => {
		expect(kept(text)).toEqual(expected);
	});

	it("never lets Git's files, cres's records and .env in", () => {
		const isIgnored = ignoring("!.env\n!.git\n");
		expect([".git/index", "a/.git", ".cres/last.json", ".env"].map(isIgnored)).toEqual([true, true, true, true]);
		expect([".github/x", ".env.example", ".gitignore", "a/.env"].map(isIgnored)).toEqual([false, false, false, false]);
	});
});
