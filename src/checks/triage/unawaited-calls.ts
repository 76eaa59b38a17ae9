import { editAt } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { above, functionsOf, textOf, type PythonFunction } from "../python/functions.ts";
import { importsOf } from "../python/imports.ts";
import { isKnownCoroutine } from "../python/known-coroutines.ts";
import { moduleFile, relativePath } from "../python/modules.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { pythonSyntax, type SyntaxNode } from "../tree/syntax.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS364",
	scope: "static",
	severity: "error",
	question: "Is every coroutine of Python awaited?",
	why: "A coroutine that nobody awaits does not run: nothing is stored or sent, and what was to be tested for None is always something.",
	example: "`account = find(session, id)` where find is `async def`: write `account = await find(session, id)`.",
	run(tree) {
		const files = tree
			.in("python")
			.filter((file) => file.has(/^[ \t]*async[ \t]+def\b/m) && standingOf(file.path) === "live");
		return { looked: `${files.length} files with coroutines`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

/** What a name stands for when it is called. */
interface Coroutines {
	names: ReadonlySet<string>;
	methods: ReadonlySet<string>;
}

/** A decorator makes something else of a function. */
const isPlain = ({ async, decorated }: PythonFunction): boolean => async && !decorated;

const outerNames = (file: SourceFile): string[] =>
	functionsOf(file).flatMap((one) => (one.outer && one.within === undefined && isPlain(one) ? [one.name] : []));

function coroutinesOf(tree: Tree, file: SourceFile): Coroutines {
	const all = functionsOf(file);
	const others = new Set(all.flatMap((one) => (isPlain(one) ? [] : [one.name])));
	const imported = importsOf(file).flatMap(({ module, names, indented }) => {
		if (indented || names.length === 0) return [];
		const from = module.startsWith(".") ? relativePath(file.path, module) : undefined;
		const source = from === undefined ? moduleFile(tree, module, file.path) : tree.file(`${from}.py`);
		if (source === undefined || !source.has(/\basync[ \t]+def\b/)) return [];
		return outerNames(source).filter((name) => names.includes(name));
	});
	// `self.set = …` may be any function.
	for (const { 1: name } of file.matches(/\bself\.(\w+)[ \t]*=(?!=)/g)) others.add(name!);
	const methods = all.flatMap((one) => (one.within !== undefined && isPlain(one) ? [one.name] : []));
	return {
		names: new Set([...outerNames(file), ...imported].filter((name) => !others.has(name))),
		methods: new Set(methods.filter((name) => !others.has(name))),
	};
}

function inFile(tree: Tree, file: SourceFile): Found[] {
	const coroutines = coroutinesOf(tree, file);
	const found: Found[] = [];
	pythonSyntax(file).iterate({
		enter({ name, node }) {
			if (name !== "CallExpression" || node.firstChild === null) return;
			const callee = textOf(file, node.firstChild);
			const is = callee.startsWith("self.") ? coroutines.methods.has(callee.slice(5)) : coroutines.names.has(callee);
			if (/#\s*(?:noqa|type:\s*ignore|pyright:\s*ignore)/.test(file.lines[file.lineAt(node.to) - 1] ?? "")) return;
			if ((is || callee === "asyncio.sleep" || isOfLibrary(file, node, callee)) && isDropped(file, node))
				found.push(foundFor(file, node, callee));
		},
	});
	return found;
}

/** By what the function around it gives the name that it is called on. */
function isOfLibrary(file: SourceFile, node: SyntaxNode, callee: string): boolean {
	const dot = callee.lastIndexOf(".");
	const around = above(node, "FunctionDefinition");
	return (
		dot > 0 &&
		around !== undefined &&
		/^(?:AssignStatement|ExpressionStatement)$/.test(node.parent?.name ?? "") &&
		isKnownCoroutine(file, textOf(file, around), callee.slice(0, dot), callee.slice(dot + 1))
	);
}

function foundFor(file: SourceFile, node: SyntaxNode, callee: string): Found {
	const inside = above(node, "FunctionDefinition");
	const awaits = inside !== undefined && file.text.slice(inside.from, inside.from + 6).startsWith("async");
	return {
		message: `${callee}() is a coroutine, and nothing awaits it: it does not run`,
		evidence: [file.placeAt(node.from)],
		fix: {
			say: awaits ? `write await ${callee}(…)` : `make the function around it async, and write await ${callee}(…)`,
			...(awaits ? editAt(file, node.from, callee, `await ${callee}`) : {}),
		},
	};
}

/** Its value goes nowhere, or into a name that is used as if it were the result. */
function isDropped(file: SourceFile, node: SyntaxNode): boolean {
	const parent = node.parent;
	if (parent?.name === "ExpressionStatement") return above(node, "FunctionDefinition") !== undefined;
	if (parent?.name !== "AssignStatement" || parent.firstChild?.name !== "VariableName") return false;
	const scope = above(node, "FunctionDefinition");
	if (scope === undefined || parent.lastChild?.from !== node.from) return false;
	const name = textOf(file, parent.firstChild);
	const rest = file.text.slice(node.to, scope.to);
	const used = new RegExp(
		`\\b${name}(?:\\.(?!send\\b|close\\b|cr_|throw\\b)\\w|\\[|\\s+is\\s+(?:not\\s+)?None\\b|\\s*[=!]=)|\\bnot\\s+${name}\\b`,
	);
	const passed = new RegExp(
		`\\bawait\\s+${name}\\b|[(\\[,*{]\\s*\\*?${name}\\s*[,)\\]}]|\\b(?:return|yield)\\s+${name}\\s*$|=\\s*${name}\\s*$`,
		"m",
	);
	return used.test(rest) && !passed.test(rest);
}
