import { textOf } from "../python/functions.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { pythonSyntax, type SyntaxNode } from "../tree/syntax.ts";
import { isAside } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** `assert (…, "text")` on one line or several. */
const TUPLE =
	/^[ \t]*assert[ \t]*\((?:[^\n]*,[ \t]*f?["'][^\n]*\)[ \t]*$|\n(?:[^\n]*\n){1,8}?[ \t]*f?["'][^\n]*["'],?[ \t]*\n[ \t]*\)[ \t]*$)/m;
/** A line that is only a comparison. */
const COMPARISON =
	/^[ \t]*[\w.]+(?:\([^()\n]*\)|\[[^\][\n]*\])*[ \t]*==[ \t]*[^=\n]*[^\s=,(:\\](?=[ \t]*(?:\n(?![ \t]*(?:[)\]}]|and\b|or\b|if\b|else\b))|$(?![^])))/m;

const mayBe = (file: SourceFile): boolean =>
	(file.has(/assert ?\(/) && file.has(TUPLE)) || (file.text.includes("==") && COMPARISON.test(file.text));

export default {
	code: "TS366",
	scope: "static",
	severity: "error",
	question: "Can every test of Python fail: no assertion on a tuple, no comparison that is thrown away?",
	why: "A tuple with two members is always true, and a comparison alone does nothing: the test is green whatever the code does.",
	example: '`assert (count == 2, "two rows")`: write assert count == 2, "two rows".',
	run(tree) {
		const files = tree.in("python").filter((file) => mayBe(file) && !isAside(file.path));
		return { looked: `${files.length} files with such lines`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	const found: Found[] = [];
	const add = (node: SyntaxNode, what: string, say: string) =>
		found.push({
			message: `${what} in ${file.path}: \`${shown(file, node)}\``,
			evidence: [file.placeAt(node.from)],
			fix: { say },
		});
	pythonSyntax(file).iterate({
		enter({ name, node }) {
			const first = node.firstChild;
			if (name === "AssertStatement") {
				const tuple = node.getChild("TupleExpression");
				if (tuple !== null && tuple.to === node.lastChild?.to && node.getChildren(",").length === 0)
					add(node, "an assertion on a tuple is always true", "take the brackets out");
			} else if (name === "ExpressionStatement" && first?.name === "BinaryExpression" && isEquality(file, first))
				add(node, "a comparison whose result nothing takes", "write assert before it, or = for ==");
		},
	});
	return found;
}

const shown = (file: SourceFile, node: SyntaxNode): string => textOf(file, node).split("\n")[0]!.slice(0, 80);

/** The last statement of a notebook's cell shows its value, and some libraries make a query of it. */
function isEquality(file: SourceFile, node: SyntaxNode): boolean {
	const operator = node.getChild("CompareOp");
	return operator !== null && textOf(file, operator) === "==" && !file.has(/^#\s*%%/m);
}
