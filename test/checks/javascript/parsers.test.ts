import { expect, test } from "vitest";
import { scriptParser } from "../../../src/checks/javascript/parsers.ts";
import { treeOf } from "../../support/tree.ts";

const CLI = 'import { parseArgs } from "node:util";\nparseArgs({ options: { port: { type: "string" } } });\n';

/** How often another file of the package is read while a program is started so many times. */
function readsFor(starts: number): number {
	const tree = treeOf({ "cli.ts": CLI, "other.ts": "export const port = 8080;\n" });
	const other = tree.file("other.ts")!;
	const { text } = other;
	let reads = 0;
	Object.defineProperty(other, "text", {
		get: () => {
			reads += 1;
			return text;
		},
	});
	for (let start = 0; start < starts; start += 1)
		expect(scriptParser(tree, tree.file("cli.ts")!)?.options).toEqual(["--port"]);
	return reads;
}

test("looks once for the files of a package that parse options, however often its programs are started", () => {
	expect(readsFor(50)).toBe(readsFor(1));
	expect(readsFor(1)).toBeGreaterThan(0);
});
