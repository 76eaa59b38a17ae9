import { parser } from "@lezer/markdown";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anchorsOf } from "../../src/checks/claims/anchors.ts";
import { SourceFile } from "../../src/checks/tree/source-file.ts";
import { kindAt } from "../../src/checks/tree/tokens.ts";
import { parsePerimeter } from "../../src/perimeter/document.ts";
import { deeplyNested, markdownTree } from "../../src/system/markdown-nodes.ts";

type MarkdownTree = ReturnType<typeof parser.parse>;

function depthOf(tree: MarkdownTree): number {
	let [depth, most] = [0, 0];
	tree.iterate({ enter: () => void (most = Math.max(most, ++depth)), leave: () => void depth-- });
	return most;
}

function outlineOf(tree: MarkdownTree): string[] {
	const nodes: string[] = [];
	tree.iterate({ enter: ({ name, from, to }) => void nodes.push(`${name} ${from}-${to}`) });
	return nodes;
}
const NESTING = ["1. ", "123456789) ", "- ", "* ", "+\t", "> ", ">", "- > ", "-\r", "1. - + * "];

describe("a text of Markdown", () => {
	it.each(NESTING)("of %j without end is no deep tree, and takes time that grows with its length", (piece) => {
		const text = `${piece.repeat(120_000 / piece.length)}x\n\n# heading\n`;
		const before = process.threadCpuUsage();
		const tree = markdownTree(parser, text);
		const { user, system } = process.threadCpuUsage(before);
		expect((user + system) / 1_000).toBeLessThan(1_000);
		expect(depthOf(tree)).toBeLessThan(250);
		expect([tree.length, tree.topNode.lastChild!.name]).toEqual([text.length, "ATXHeading1"]);
		expect(deeplyNested(text.split("\n"))).toEqual([0]);
	});

	it("that goes a level deeper line by line is no deep tree either", () => {
		const text = Array.from({ length: 400 }, (_, level) => `${" ".repeat(2 * level)}- a\n`).join("");
		expect(depthOf(markdownTree(parser, text))).toBeLessThan(250);
	});

	it.each(["- ", "* ", "*", "-\t", "_ "])("has a thematic break of %j, however long", (piece) => {
		const text = `${piece.repeat(5_000)}\nTitle\n===\n`;
		const { firstChild, lastChild } = markdownTree(parser, text).topNode;
		expect([firstChild!.name, lastChild!.name]).toEqual(["HorizontalRule", "SetextHeading1"]);
		expect(deeplyNested(text.split("\n"))).toEqual([]);
	});

	it("is read as the parser reads it where nobody nests so deep", () => {
		const piece = fc.constantFrom(...NESTING, "a", "\n", "    ", "```", "# ", "---", "<p>", "| a |", "\r\n", "[a]: b");
		const text = fc.array(piece, { maxLength: 60 }).map((parts) => parts.join(""));
		const property = fc.property(text, (one) => {
			fc.pre(!/[^\n]{200}/.test(one));
			expect(outlineOf(markdownTree(parser, one))).toEqual(outlineOf(parser.parse(one)));
		});
		fc.assert(property, { numRuns: 300 });
	});

	it("is bounded so wherever one is read", () => {
		const text = `${"1. ".repeat(40_000)}x\n\n# A heading\n`;
		const before = process.threadCpuUsage();
		const file = new SourceFile("a.md", text, false);
		expect(anchorsOf(file).has("a-heading")).toBe(true);
		expect(kindAt(file, text.length - 2)).toBe("prose");
		expect(() => parsePerimeter(text)).not.toThrow(RangeError);
		const { user, system } = process.threadCpuUsage(before);
		expect((user + system) / 1_000).toBeLessThan(2_000);
	});
});
