import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { pythonSyntax, type SyntaxNode } from "../tree/syntax.ts";

/** A function of a file of Python. */
export interface PythonFunction {
	name: string;
	async: boolean;
	decorated: boolean;
	/** The class that holds it. */
	within: string | undefined;
	/** It stands in no other function. */
	outer: boolean;
	node: SyntaxNode;
}

/** All functions and methods of a file. It is parsed once. */
export const functionsOf = once((file: SourceFile): readonly PythonFunction[] => {
	const found: PythonFunction[] = [];
	pythonSyntax(file).iterate({
		enter({ name, node }) {
			if (name !== "FunctionDefinition") return;
			const title = node.getChild("VariableName");
			if (title !== null)
				found.push({
					name: textOf(file, title),
					async: /^async\b/.test(file.text.slice(node.from, node.from + 6)),
					decorated: node.parent?.name === "DecoratedStatement",
					within: classOf(file, node),
					outer: above(node, "FunctionDefinition") === undefined,
					node,
				});
		},
	});
	return found;
});

export const textOf = (file: SourceFile, { from, to }: SyntaxNode): string => file.text.slice(from, to);

/** The nearest node of a kind that holds another. */
export function above(node: SyntaxNode, kind: string): SyntaxNode | undefined {
	for (let one = node.parent; one !== null; one = one.parent) if (one.name === kind) return one;
	return undefined;
}

function classOf(file: SourceFile, node: SyntaxNode): string | undefined {
	for (let one = node.parent; one !== null; one = one.parent) {
		if (one.name === "FunctionDefinition") return undefined;
		if (one.name === "ClassDefinition") return textOf(file, one.getChild("VariableName") ?? one);
	}
	return undefined;
}
