import { bindingsOf } from "../javascript/bindings.ts";
import { importsOf } from "../python/imports.ts";
import { moduleFile, relativePath } from "../python/modules.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { once } from "../tree/once.ts";
import { tongueOf } from "./arguments.ts";
import { classAround } from "./headers.ts";
import type { KnownCall } from "./known-calls.ts";
import { signaturesIn, type Signature } from "./signatures.ts";

/** What is called, and whether only its name says so: nobody knows what it is called on. */
export interface Target {
	signature: Signature;
	guessed: boolean;
}

const targets = new WeakMap<KnownCall, Target | "none">();

/** The function that a call calls, as far as the files say. */
export function targetOf(tree: Tree, call: KnownCall): Target | undefined {
	const known = targets.get(call) ?? resolved(tree, call) ?? "none";
	targets.set(call, known);
	return known === "none" ? undefined : known;
}

/** Methods that texts, lists, maps, sockets and files have as well. */
const COMMON =
	/^(?:write|read|get|set|decode|encode|add|push|replace|join|split|send|emit|on|put|post|update|delete|find|open|close|call|apply|bind|format|parse|copy|move|insert|index|count|append|extend|remove|pop|sub|search|match|test|request|fetch|then|map|filter|reduce|slice|connect|execute|query|run|log|debug|info|warn|error)$/;

function resolved(tree: Tree, { file, on, name, at, isNew, candidates }: KnownCall): Target | undefined {
	const of = (one: Signature | undefined) => (one === undefined ? undefined : { signature: one, guessed: false });
	if (isNew) return of(on === "" ? methodOf(tree, file, name, "constructor") : undefined);
	if (on === "") return of(functionNamed(tree, file, name));
	const made = file.language === "python" ? /^([A-Z]\w*)\(([^()]*)\)$/.exec(on) : null;
	const method = made === null ? undefined : methodOf(tree, file, made[1]!, name);
	if (method !== undefined || (made !== null && made[2] !== "")) return of(method);
	const type = typeOf(file, on, at);
	if (type !== undefined) {
		const found = methodOf(tree, file, type, name);
		return on === "cls" && found?.ofInstance === true ? undefined : of(found);
	}
	const module = moduleNamed(tree, file, on);
	if (module !== undefined) return of(signaturesIn(module).find((one) => one.name === name && one.owner === undefined));
	const [first] = candidates;
	const names = (one: Signature): string => one.parameters.map((parameter) => parameter.name).join();
	const agreed =
		first !== undefined && candidates.every((one) => one.owner !== undefined && names(one) === names(first));
	return agreed && !COMMON.test(name) ? { signature: first, guessed: true } : undefined;
}

/** A function of the file itself, or one that it imports. */
function functionNamed(tree: Tree, file: SourceFile, name: string): Signature | undefined {
	const own = signaturesIn(file).filter((one) => one.name === name && (one.owner === undefined || one.owner === ""));
	if (own.length > 0) return own.length === 1 && own[0]!.owner === undefined ? own[0] : undefined;
	const source = sourceOf(tree, file, name);
	return source === undefined
		? undefined
		: signaturesIn(source.file).find((one) => one.name === source.name && one.owner === undefined);
}

/** Where a name comes from that a file imports. */
function sourceOf(tree: Tree, file: SourceFile, name: string): { file: SourceFile; name: string } | undefined {
	if (file.language === "javascript") return bindingsOf(tree, file).get(name);
	for (const { module, names, at } of importsOf(file)) {
		if (!names.includes(name) || new RegExp(`\\b${name}\\s+as\\b`).test(file.text.slice(at, at + 400))) continue;
		const path = module.startsWith(".") ? relativePath(file.path, module) : undefined;
		const source = module.startsWith(".")
			? (tree.file(`${path ?? ""}.py`) ?? tree.file(`${path ?? ""}/__init__.py`))
			: moduleFile(tree, module, file.path);
		if (source !== undefined && !isAside(source.path)) return { file: source, name };
	}
	return undefined;
}

function methodOf(tree: Tree, file: SourceFile, owner: string, name: string): Signature | undefined {
	const own = signaturesIn(file).find((one) => one.owner === owner && one.name === name);
	if (own !== undefined) return own;
	const source = sourceOf(tree, file, owner);
	return source === undefined
		? undefined
		: signaturesIn(source.file).find((one) => one.owner === source.name && one.name === name);
}

const types = new WeakMap<SourceFile, Map<string, string | undefined>>();

/** The class of what a method is called on, where the file says it in one way only. */
function typeOf(file: SourceFile, on: string, at: number): string | undefined {
	if (on === "self" || on === "cls" || on === "this") return classAround(file, at);
	if (!/^(?:(?:self|this)\.)?[\w$]+$/.test(on)) return undefined;
	const known = types.get(file) ?? new Map<string, string | undefined>();
	types.set(file, known);
	if (!known.has(on)) known.set(on, typeIn(file, on));
	return known.get(on);
}

function typeIn(file: SourceFile, on: string): string | undefined {
	const bare = on.replace(/^(?:self|this)\./, "");
	const found = typesIn(file).get(bare);
	const only = found?.size === 1 ? [...found][0]! : undefined;
	if (only === undefined) return undefined;
	const name = RegExp.escape(bare);
	const assigned = new RegExp(`(?<![\\w$.])(?:self\\.|this\\.)?${name}\\s*(?::[^=\\n]+)?=(?![=>])\\s*([^\\n]*)`, "g");
	const every = file.matches(assigned).every(([all, value]) => all.includes(only) || /^\w+[,)]?$/.test(value!));
	return every ? only : undefined;
}

const MADE = {
	python: /[=:](?<=([\w$]+)\??\s*[=:])\s*(?:(?<==\s*)([A-Z]\w*)\(|(?<=:\s*)([A-Z]\w*)\s*(?=[,)=;\n]))/g,
	javascript: /[=:](?<=([\w$]+)\??\s*[=:])\s*(?:(?<==\s*)new\s+([A-Z]\w*)\(|(?<=:\s*)([A-Z]\w*)\s*(?=[,)=;\n]))/g,
};

/** The classes that a file gives to each name: `store = new Store(`, `store: Store,`. */
const typesIn = once((file: SourceFile): ReadonlyMap<string, ReadonlySet<string>> => {
	const found = new Map<string, Set<string>>();
	for (const [, name, made, given] of file.text.matchAll(MADE[tongueOf(file)])) {
		const types = found.get(name!) ?? new Set();
		found.set(name!, types.add((made ?? given)!));
	}
	return found;
});

/** The module of the tree that a name stands for as a whole. */
function moduleNamed(tree: Tree, file: SourceFile, on: string): SourceFile | undefined {
	if (!/^[\w$]+$/.test(on)) return undefined;
	if (file.language === "javascript") {
		const found = bindingsOf(tree, file).get(on);
		return found?.name === "*" ? found.file : undefined;
	}
	for (const { module, names } of importsOf(file)) {
		if (!names.includes(on) || module.startsWith(".")) continue;
		const found = moduleFile(tree, `${module}.${on}`, file.path);
		if (found !== undefined) return found;
	}
	return undefined;
}
