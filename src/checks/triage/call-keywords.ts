import { partsFrom } from "../calls/arguments.ts";
import { nearest } from "../../system/nearest.ts";
import { constructorsIn } from "../calls/constructors.ts";
import { editAt } from "../facts/found.ts";
import { callsTo, type Call } from "../python/calls.ts";
import { importsOf } from "../python/imports.ts";
import { moduleFile, relativePath } from "../python/modules.ts";
import { isAside } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { pythonSyntax, type SyntaxNode } from "../tree/syntax.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS478",
	scope: "static",
	severity: "error",
	question: "Does every function and data class of the tree take the arguments that it is given by name?",
	why: "A parameter that was renamed stops each call that names the old one: TypeError, at the first call and not before.",
	example: "`charge(4, amount=500)` and the function is `def charge(account, cents)`.",
	run(tree) {
		const files = tree.in("python").filter(({ path, text }) => !isAside(path) && text.length < LARGEST);
		return { looked: `${files.length} Python files`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

const LARGEST = 200_000;

interface Signature {
	/** Of its parameters, read when they are asked for. */
	names: () => readonly string[];
	file: SourceFile;
	at: number;
}

/** A function of a module without a decorator, whose parameters hold no brackets. */
const FUNCTION = /^(?:async[ \t]+)?def[ \t]+(\w+)\(([^()]*)\)[^\n]*:/gm;
const BOUND =
	/^[ \t]*(?:(?:async[ \t]+)?def[ \t]+(\w+)|class[ \t]+(\w+)|global[ \t]+(\w+)|(\w+)[ \t]*(?::[^=\n]+)?=(?!=))/gm;

/** The plain functions of a module, by names that are bound once in it. */
const signaturesOf = once((file: SourceFile): ReadonlyMap<string, Signature> => {
	const functions = file.matches(FUNCTION);
	const times = new Map(functions.map(([, name]) => [name!, 0]));
	if (times.size > 0)
		for (const [, a, b, c, d] of file.matches(BOUND)) {
			const name = (a ?? b ?? c ?? d)!;
			const before = times.get(name);
			if (before !== undefined) times.set(name, before + 1);
		}
	const found = new Map<string, Signature>();
	for (const { 1: name, 2: list, index } of functions)
		if (times.get(name!) === 1 && !/\*\*|#/.test(list!) && !isDecorated(file.text, index))
			found.set(name!, { names: () => parametersIn(list!), file, at: index });
	for (const { name, fields, at } of constructorsIn(file))
		if (!found.has(name)) found.set(name, { names: () => fields.map((one) => one.name), file, at });
	return found;
});

/** The line above begins with `@`, or ends what does. */
const isDecorated = (text: string, at: number): boolean =>
	at > 1 && /^(?:@|\)$|[ \t)\]}].*\)$)/s.test(text.slice(text.lastIndexOf("\n", at - 2) + 1, at - 1));

const parametersIn = (list: string): string[] =>
	(partsFrom(`${list})`, 0, "python")?.parts ?? []).flatMap(({ text }) => /^\w+/.exec(text)?.[0] ?? []);

/** Its own functions, and those that it imports by name. */
function known(tree: Tree, file: SourceFile): Map<string, Signature> {
	const found = new Map(signaturesOf(file));
	for (const { module, names, at, indented } of importsOf(file)) {
		if (
			names.length === 0 ||
			(indented && !isInWith(file, at)) ||
			/ as /.test(file.text.slice(at, at + 300).split(/\n(?=\S)/)[0]!)
		)
			continue;
		const path = module.startsWith(".") ? relativePath(file.path, module) : undefined;
		const source = module.startsWith(".") ? tree.file(`${path ?? ""}.py`) : moduleFile(tree, module, file.path);
		if (source === undefined || isAside(source.path) || source.text.length > LARGEST) continue;
		for (const name of names) {
			const one = signaturesOf(source).get(name);
			if (one !== undefined && !found.has(name)) found.set(name, one);
		}
	}
	return found;
}

/** `with workflow.unsafe.imports_passed_through():` binds as the module itself does. */
const isInWith = ({ text }: SourceFile, at: number): boolean =>
	/(?:^|\n)with\b[^\n]*:[ \t]*\r?\n(?:(?:[ \t][^\n]*)?\r?\n)*[ \t]*$/.test(text.slice(Math.max(0, at - 2000), at));

function inFile(tree: Tree, file: SourceFile): Found[] {
	const signatures = known(tree, file);
	if (signatures.size === 0) return [];
	return callsTo(file.text, signatures).flatMap((call): Found[] => {
		const signature = signatures.get(call.name)!;
		const given = keywordsIn(call.inside);
		if (given.length === 0) return [];
		const names = signature.names();
		const words = given.filter(([, word]) => !names.includes(word));
		if (words.length === 0 || kindAt(file, call.at) !== "code" || isRebound(file, call)) return [];
		return words.map(([at, word]) => foundFor(file, call.at + call.name.length + 1 + at, word, call.name, signature));
	});
}

/** Names before `=` in the brackets of a call, outside of brackets within. */
function keywordsIn(inside: string): [at: number, word: string][] {
	if (!inside.includes("=")) return [];
	let flat = inside.replaceAll(/"[^"\n]*"|'[^'\n]*'|#[^\n]*/g, (all) => " ".repeat(all.length));
	for (let before = ""; before !== flat;) {
		before = flat;
		flat = flat.replaceAll(/[([{][^()[\]{}]*[)\]}]/g, (all) => " ".repeat(all.length));
	}
	if (/["']|\blambda\b/.test(flat)) return [];
	return [...flat.matchAll(/(?<=(?:^|,)\s*)([A-Za-z_]\w*)\s*=(?!=)/g)].map(({ 1: word, index }) => [index, word!]);
}

/** A parameter or a variable of a function around the call has the same name, or it is tried for its refusal. */
function isRebound(file: SourceFile, { name, at }: Call): boolean {
	for (let one: SyntaxNode | null = pythonSyntax(file).resolveInner(at, 1); one !== null; one = one.parent) {
		const text = file.text.slice(one.from, one.to);
		if (one.name === "WithStatement" && /\braises\b/i.test(text.split("\n")[0]!)) return true;
		if (one.name === "TryStatement" && /\bexcept\b[^\n]*\bTypeError\b/.test(text)) return true;
		if (one.name !== "FunctionDefinition" && one.name !== "ClassDefinition") continue;
		const head = text.slice(0, text.search(/\)[^)\n]*:\s*(?:#[^\n]*)?\n|$/) + 1);
		if (one.name === "FunctionDefinition" && new RegExp(`[(,*]\\s*${name}\\s*[=,:)]`).test(head)) return true;
		const bound = `^[ \\t]+(?:${name}[ \\t]*=(?!=)|(?:from|import)\\b[^\\n]*\\b${name}\\b|(?:async[ \\t]+)?def[ \\t]+${name}\\b)|\\b(?:for|as)[ \\t]+${name}\\b`;
		if (new RegExp(bound, "m").test(text)) return true;
	}
	return false;
}

function foundFor(
	file: SourceFile,
	at: number,
	word: string,
	callee: string,
	{ names, file: by, at: from }: Signature,
): Found {
	const parameters = names();
	const meant = nearest(word, parameters, 2);
	return {
		message: `${callee}() is given ${word}, and takes only ${parameters.join(", ") || "nothing"}`,
		evidence: [file.placeAt(at), by.placeAt(from)],
		fix: {
			say: meant === undefined ? "name a parameter that it has, or add this one" : `write ${meant}`,
			...(meant === undefined ? {} : editAt(file, at, word, meant)),
		},
	};
}
