import { nearest } from "../../system/nearest.ts";
import { editAt } from "../facts/found.ts";
import { classesIn, classNamed, membersOf, type PythonClass } from "../python/classes.ts";
import { isMadeElsewhere } from "../python/heirs.ts";
import { importsOf } from "../python/imports.ts";
import { typedNames, type TypedName } from "../python/typed-names.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { once } from "../tree/once.ts";
import { pythonSyntax, type SyntaxNode } from "../tree/syntax.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS144",
	scope: "static",
	severity: "error",
	question: "Has a class of the tree every field that code reads of its instances?",
	why: "A field that was renamed in the class alone stops each reader with an AttributeError: at the first request, and not before.",
	example: "`payload.source_url` in `def create(payload: JobRequest)`, and JobRequest has only video_url.",
	run(tree) {
		const files = tree.in("python").filter(({ path, text }) => !isAside(path) && text.length < LARGEST);
		return { looked: `${files.length} Python files`, findings: files.flatMap((file) => inFile(tree, file)) };
	},
} satisfies StaticCheck;

const LARGEST = 200_000;

interface Read {
	attribute: string;
	at: number;
}

/** A read of a name that is known to be of a class. */
interface TypedRead extends Read {
	name: string;
	of: PythonClass;
}

function inFile(tree: Tree, file: SourceFile): Found[] {
	const unknown = new Map<string, Read[]>();
	const readsOf = (name: string, of: PythonClass): Read[] => {
		const key = `${name} ${of.file.path} ${of.name}`;
		const found = unknown.get(key) ?? unknownReads(tree, file, name, of);
		unknown.set(key, found);
		return found;
	};
	const typed = typedNames(tree, file, (name, of) =>
		of === undefined ? readsIn(file).has(name) : readsOf(name, of).length > 0,
	);
	const reads = typed.flatMap((one) =>
		readsOf(one.name, one.of)
			.filter(({ at }) => isOf(file, one, at))
			.map((read) => ({ ...read, name: one.name, of: one.of })),
	);
	const all = [...reads, ...ofClasses(tree, file)].filter((read) => isCertain(tree, file, read));
	return [...Map.groupBy(all, ({ of }) => of)].map(([of, own]) => finding(tree, file, of, own));
}

/** `name.field` and `name["key"]` of a file, by the name. */
const readsIn = once((file: SourceFile): ReadonlyMap<string, readonly (Read & { key: boolean })[]> => {
	const all = file
		.matches(/(?<![\w.])([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*)|\[["'](\w+)["']\](?![ \t]*=[^=]))/g)
		.map(({ 1: name, 2: attribute, 3: key, index }) => ({
			name: name!,
			attribute: (attribute ?? key)!,
			key: key !== undefined,
			at: index,
		}));
	return Map.groupBy(all, ({ name }) => name);
});

/** What a file reads of a name that the class has not. */
function unknownReads(tree: Tree, file: SourceFile, name: string, of: PythonClass): Read[] {
	const all = readsIn(file).get(name);
	const members = all === undefined ? undefined : membersOf(tree, of);
	return members === undefined || members.kind === "enum"
		? []
		: all!.filter(({ attribute, key }) => key === (members.kind === "keys") && !members.has(attribute));
}

/** Members of enums. */
function ofClasses(tree: Tree, file: SourceFile): TypedRead[] {
	const names = new Set([...importsOf(file).flatMap((one) => one.names), ...classesIn(file).keys()]);
	return [...names].flatMap((name): TypedRead[] => {
		if (!/^[A-Z]\w*[a-z]/.test(name) || !readsIn(file).has(name)) return [];
		const of = classNamed(tree, file, name);
		const members = of === undefined ? undefined : membersOf(tree, of);
		return members?.kind !== "enum"
			? []
			: (readsIn(file).get(name) ?? [])
					.filter(({ attribute, key }) => !key && /^[A-Z][A-Z0-9_]+$/.test(attribute) && !members.has(attribute))
					.map(({ attribute, at }) => ({ attribute, at, name, of: of! }));
	});
}

/** Whether the name at an offset is the one whose class is known, and nothing narrows or replaces it. */
function isOf(file: SourceFile, { name, within, at: saidAt, file: saidIn }: TypedName, at: number): boolean {
	if (within !== undefined && (at < within.from || at >= within.to)) return false;
	let scope: SyntaxNode | undefined = within;
	for (let one: SyntaxNode | null = pythonSyntax(file).resolveInner(at, 1); one !== null; one = one.parent) {
		if (one.name !== "FunctionDefinition" && one.name !== "LambdaExpression" && !/Comprehension/.test(one.name))
			continue;
		if (within !== undefined && one.from === within.from) break;
		scope ??= one;
		if (isBoundIn(file.text.slice(one.from, one.to), name)) return false;
	}
	if (within === undefined && saidIn === file && at < saidAt) return false;
	if (within === undefined) return true;
	const text = file.text.slice(within.from, within.to);
	const list = within.getChild("ParamList");
	const body = list === null ? text : text.slice(list.to - within.from);
	const isParameter = list !== null && saidAt < list.to;
	if (!isParameter && list !== null && new RegExp(`\\b${name}\\b`).test(file.text.slice(list.from, list.to)))
		return false;
	return !isBoundIn(isParameter ? body : body.replace(file.text.slice(saidAt, saidAt + name.length + 3), ""), name);
}

/** Given another value, or asked for what it is. */
const isBoundIn = (text: string, name: string): boolean =>
	new RegExp(
		`(?<![\\w.])${name}[ \\t]*(?::[^=\\n]+)?(?::?=(?!=)|,[^=\\n()]*=(?!=))|,[ \\t]*${name}[ \\t]*(?:,[^=\\n()]*)?=(?!=)[ \\t]|\\bfor\\b[^:\\n]*(?<![\\w.])${name}\\b[^:\\n]*\\bin\\b|\\b(?:as|global|nonlocal|del|match)[ \\t]+${name}\\b|\\b(?:isinstance|hasattr|getattr|setattr|cast|type)\\([^()\\n]*\\b${name}\\b|\\blambda[^:\\n]*\\b${name}\\b|\\bdef[ \\t]+\\w+\\([^()]*(?<![\\w.])${name}\\b`,
	).test(text);

const isCertain = (tree: Tree, file: SourceFile, { at, attribute, of }: TypedRead): boolean =>
	kindAt(file, at) === "code" &&
	!/^[ \t]*(?:from|import)[ \t]|#[ \t]*type:[ \t]*ignore|\b(?:hasattr|getattr)\b/.test(file.placeAt(at).text) &&
	!isTried(file, at) &&
	!isMadeElsewhere(tree, of, attribute);

function finding(tree: Tree, file: SourceFile, of: PythonClass, reads: readonly TypedRead[]): Found {
	const [first] = reads as [TypedRead];
	const attributes = [...new Set(reads.map(({ attribute }) => attribute))];
	const { name, attribute, at } = first;
	const fields = membersOf(tree, of)!.fields.filter((one) => !one.startsWith("_"));
	const meant = attributes.length > 1 ? undefined : meantBy(attribute, fields);
	const what = `${attributes.slice(0, 3).join(", ")}${attributes.length > 3 ? ` and ${attributes.length - 3} more` : ""}`;
	return {
		message: `${file.path} reads ${what} of ${name === of.name ? name : `${name}, which is a ${of.name}`}, and ${of.name} has no such field`,
		evidence: [
			file.placeAt(at),
			of.file.placeAt(meant === undefined ? of.at : fieldAt(of, meant)),
			...reads.slice(1, 5).map((one) => file.placeAt(one.at)),
		],
		fix: {
			say:
				meant === undefined
					? `read what ${of.name} has${fields.length === 0 ? "" : ` (${fields.slice(0, 8).join(", ")})`}, or give it ${attribute}`
					: `write ${meant} for ${attribute}`,
			...(meant === undefined ? {} : editAt(file, at, `${name}.${attribute}`, `${name}.${meant}`)),
		},
	};
}

/** The field of nearly that name, or the one with the same last word. */
function meantBy(attribute: string, fields: readonly string[]): string | undefined {
	const tail = attribute.split("_").at(-1)!;
	const alike = fields.filter((one) => one.split("_").at(-1) === tail);
	return nearest(attribute, fields, 2) ?? (alike.length === 1 && tail.length > 2 ? alike[0] : undefined);
}

function fieldAt({ file, at }: PythonClass, field: string): number {
	const found = new RegExp(`^[ \\t]+${field}[ \\t]*[:=]`, "m").exec(file.text.slice(at));
	return found === null ? at : at + found.index + found[0].search(/\S/);
}

const isTried = (file: SourceFile, at: number): boolean => {
	for (let one: SyntaxNode | null = pythonSyntax(file).resolveInner(at, 1); one !== null; one = one.parent)
		if (one.name === "TryStatement" && /\bAttributeError\b/.test(file.text.slice(one.from, one.to))) return true;
	return false;
};
