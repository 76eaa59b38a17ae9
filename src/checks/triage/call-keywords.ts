import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { functionsOf, textOf, type PythonFunction } from "../python/functions.ts";
import { importsOf, pythonSyntax, type SyntaxNode } from "../python/imports.ts";
import { moduleFile, relativePath } from "../python/modules.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS478",
	scope: "static",
	severity: "error",
	question: "Does every function of the tree take the arguments that it is given by name?",
	why: "A parameter that was renamed stops each call that names the old one: TypeError, at the first call and not before.",
	example: "`charge(4, amount=500)` and the function is `def charge(account, cents)`.",
	run(tree) {
		const files = tree
			.in("python")
			.filter(({ path, text }) => !isAside(path) && /\w\([^()\n]*\b\w+[ \t]*=[^=]/.test(text));
		return { looked: `${files.length} Python files`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

interface Signature {
	names: readonly string[];
	file: SourceFile;
	at: number;
}

/** The plain functions of a module, by names that stand for nothing else. */
function signaturesOf(file: SourceFile): Map<string, Signature> {
	const all = functionsOf(file);
	const found = new Map<string, Signature>();
	for (const one of all) {
		const names = one.outer && one.within === undefined && !one.decorated ? parametersOf(file, one) : undefined;
		const once = all.filter(({ name }) => name === one.name).length === 1;
		if (
			names === undefined ||
			!once ||
			new RegExp(`^[ \\t]*(?:global[ \\t]+)?${one.name}[ \\t]*=(?!=)|^class[ \\t]+${one.name}\\b`, "m").test(file.text)
		)
			continue;
		found.set(one.name, { names, file, at: one.node.from });
	}
	return found;
}

/** Undefined where it takes any. */
function parametersOf(file: SourceFile, { node }: PythonFunction): string[] | undefined {
	const list = node.getChild("ParamList");
	if (list === null || textOf(file, list).includes("**")) return undefined;
	const names: string[] = [];
	for (let one = list.firstChild; one !== null; one = one.nextSibling)
		if (one.name === "VariableName" && one.prevSibling !== null && /^[(,*]$/.test(textOf(file, one.prevSibling)))
			names.push(textOf(file, one));
	return names;
}

function known(tree: Tree, file: SourceFile): Map<string, Signature> {
	const found = signaturesOf(file);
	for (const { module, names, at, indented } of importsOf(file)) {
		if (names.length === 0 || indented) continue;
		const path = module.startsWith(".") ? relativePath(file.path, module) : undefined;
		const source = module.startsWith(".") ? tree.file(`${path ?? ""}.py`) : moduleFile(tree, module, file.path);
		if (
			source === undefined ||
			isAside(source.path) ||
			/ as /.test(file.text.slice(at, at + 300).split(/\n(?=\S)/)[0]!)
		)
			continue;
		const own = signaturesOf(source);
		for (const name of names) if (own.has(name) && !found.has(name)) found.set(name, own.get(name)!);
	}
	return found;
}

function inFile(tree: Tree, file: SourceFile): Found[] {
	const signatures = known(tree, file);
	if (signatures.size === 0) return [];
	const found: Found[] = [];
	pythonSyntax(file).iterate({
		enter({ name, node }) {
			const callee = name === "CallExpression" ? node.firstChild : null;
			if (callee?.name !== "VariableName") return;
			const signature = signatures.get(textOf(file, callee));
			if (signature === undefined || isRebound(file, node, textOf(file, callee))) return;
			for (const keyword of keywordsOf(node)) {
				const word = textOf(file, keyword);
				if (!signature.names.includes(word)) found.push(foundFor(file, keyword, textOf(file, callee), signature));
			}
		},
	});
	return found;
}

/** Names before `=` in the brackets of a call. */
function keywordsOf(call: SyntaxNode): SyntaxNode[] {
	const list = call.getChild("ArgList");
	const found: SyntaxNode[] = [];
	for (let one = list?.firstChild ?? null; one !== null; one = one.nextSibling)
		if (one.name === "VariableName" && one.nextSibling?.name === "AssignOp") found.push(one);
	return found;
}

/** A parameter or a variable of a function around the call has the same name, or it is tried for its refusal. */
function isRebound(file: SourceFile, node: SyntaxNode, name: string): boolean {
	for (let one = node.parent; one !== null; one = one.parent) {
		if (one.name === "WithStatement" && /\braises\b/.test(textOf(file, one).split("\n")[0]!)) return true;
		if (one.name === "TryStatement" && /\bexcept\b[^\n]*\bTypeError\b/.test(textOf(file, one))) return true;
		if (one.name !== "FunctionDefinition") continue;
		if (
			new RegExp(`\\b${name}\\s*[=,:)](?!=)|\\b(?:for|as|import)\\b[^\\n]*\\b${name}\\b`).test(
				textOf(file, one.getChild("ParamList") ?? one),
			)
		)
			return true;
		if (
			new RegExp(
				`^[ \\t]+(?:${name}[ \\t]*=(?!=)|(?:from|import)\\b[^\\n]*\\b${name}\\b|def[ \\t]+${name}\\b)|\\b(?:for|as)[ \\t]+${name}\\b`,
				"m",
			).test(textOf(file, one))
		)
			return true;
	}
	return false;
}

function foundFor(file: SourceFile, keyword: SyntaxNode, callee: string, { names, file: by, at }: Signature): Found {
	const word = textOf(file, keyword);
	const meant = nearest(word, names, 2);
	return {
		message: `${callee}() is given ${word}, and takes only ${names.join(", ") || "nothing"}`,
		evidence: [file.placeAt(keyword.from), by.placeAt(at)],
		fix: {
			say: meant === undefined ? "name a parameter that it has, or add this one" : `write ${meant}`,
			...(meant === undefined ? {} : editAt(file, keyword.from, word, meant)),
		},
	};
}
