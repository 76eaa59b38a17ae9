import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { pythonSyntax, type SyntaxNode } from "../tree/syntax.ts";

export interface PythonImport {
	/** With its leading dots. */
	module: string;
	/** What `from … import` takes; empty for `import …`. */
	names: readonly string[];
	/** The offset of the statement. */
	at: number;
	indented: boolean;
}

/** Where an import stands. */
interface Standing {
	/** It is a statement, not text of a string. */
	real: boolean;
	/** In `try`, `if` or `with`: whoever wrote it thought of its absence. */
	guarded: boolean;
	inFunction: boolean;
}

const FROM = /([ \t]*)from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]*\)|(?:[^\n#;\\]|\\\r?\n)+)/y;
const PLAIN =
	/([ \t]*)import[ \t]+([A-Za-z_][\w.]*(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*[A-Za-z_][\w.]*(?:[ \t]+as[ \t]+\w+)?)*)[ \t]*(?:[#;\r\n]|$)/y;
const BEFORE = /^[ \t]*(?:from[ \t]+[\w.]+[ \t]+)?$/;

/** `from a.b \` above `import c`. */
const CONTINUED = /\\\r?\n$/;

/** What looks like an import at the beginning of a line; text of a docstring may be among them (`standingOf` tells). */
export const importsOf = once((file: SourceFile): readonly PythonImport[] => {
	const { text } = file;
	const found: PythonImport[] = [];
	for (let at = text.indexOf("import"); at !== -1; at = text.indexOf("import", at + 6)) {
		const start = text.lastIndexOf("\n", at) + 1;
		if (
			at - start < 200 &&
			BEFORE.test(text.slice(start, at)) &&
			!CONTINUED.test(text.slice(Math.max(0, start - 3), start))
		)
			found.push(...statementAt(text, start));
	}
	return found.filter(({ module }) => module !== "");
});

function statementAt(text: string, start: number): PythonImport[] {
	FROM.lastIndex = PLAIN.lastIndex = start;
	const from = FROM.exec(text);
	if (from !== null) {
		const [, indent, module, list] = from;
		const words = list!.replaceAll(/#[^\n]*|[()\\]/g, " ").split(",");
		const names = words.map((one) => one.trim().split(/\s+/)[0]!).filter((one) => one !== "");
		return [{ module: module!, names, at: start + indent!.length, indented: indent !== "" }];
	}
	const [, indent, modules] = PLAIN.exec(text) ?? [];
	if (indent === undefined || modules === undefined) return [];
	return modules.split(",").map((one) => ({
		module: one.trim().split(/\s+/)[0]!,
		names: [],
		at: start + indent.length,
		indented: indent !== "",
	}));
}

/** Where a statement that `importsOf` found really stands. */
export function standingOf(file: SourceFile, { at }: Pick<PythonImport, "at">): Standing {
	const node = pythonSyntax(file).resolveInner(at, 1);
	const above: string[] = [];
	for (let one: SyntaxNode | null = node; one !== null; one = one.parent) above.push(one.name);
	return {
		real: above.includes("ImportStatement"),
		guarded: above.some((name) => name === "TryStatement" || name === "IfStatement" || name === "WithStatement"),
		inFunction: above.some((name) => name === "FunctionDefinition" || name === "LambdaExpression"),
	};
}

/** Whether a name is bound when a module is imported: outside functions and classes, or by `import *`. */
export function bindsName(file: SourceFile, name: string): boolean {
	if (file.has(/^from[ \t]+\S+[ \t]+import[ \t]+\*|^def __getattr__|\bglobals\(\)|\bsys\.modules\b/m)) return true;
	for (const { index } of file.text.matchAll(new RegExp(`\\b${name}\\b`, "g"))) {
		const above: string[] = [];
		for (let one: SyntaxNode | null = pythonSyntax(file).resolveInner(index, 1); one !== null; one = one.parent)
			above.push(one.name);
		const scopes = above.slice(1).filter((one) => one === "FunctionDefinition" || one === "ClassDefinition");
		const own = above[1] === "FunctionDefinition" || above[1] === "ClassDefinition" ? 1 : 0;
		const binds = /^(?:AssignStatement|ImportStatement|FunctionDefinition|ClassDefinition|ForStatement|WithStatement)$/;
		if (above[0] === "VariableName" && scopes.length === own && above.some((one) => binds.test(one))) return true;
	}
	return false;
}
