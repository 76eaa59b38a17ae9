import { expect, test } from "vitest";
import { letsThrough } from "../../../src/checks/workflows/globs.ts";

/** https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet */
test.for([
	["*", "README.md", true],
	["*", "docs/README.md", false],
	["**", "docs/README.md", true],
	["*.js", "js/app.js", false],
	["**.js", "js/app.js", true],
	["docs/*", "docs/a/b.md", false],
	["docs/**", "docs/a/b.md", true],
	["docs/**/*.md", "docs/hello.md", true],
	["**/docs/**", "dir/docs/file.txt", true],
	["**/README.md", "README.md", true],
	["*.jsx?", "page.js", true],
	["./src/**", "src/a.py", true],
	["a.b", "acb", false],
] as const)("the pattern %s for %s: %s", ([pattern, path, through]) => {
	expect(letsThrough([pattern], path)).toBe(through);
});

test("the last pattern that matches counts", () => {
	const patterns = ["**", "!docs/**", "docs/api/**"];

	expect(letsThrough(patterns, "src/a.ts")).toBe(true);
	expect(letsThrough(patterns, "docs/a.md")).toBe(false);
	expect(letsThrough(patterns, "docs/api/a.md")).toBe(true);
});
