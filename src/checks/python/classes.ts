import { isAside } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { importsOf, type PythonImport } from "./imports.ts";
import { moduleFile, relativePath } from "./modules.ts";

/** A class of a module of Python, as it is written. */
export interface PythonClass {
	name: string;
	file: SourceFile;
	/** Of the word `class`. */
	at: number;
	/** The names in its brackets, without what stands in brackets of their own. */
	bases: readonly string[];
	/** Every word of its body outside of texts and comments. */
	words: ReadonlySet<string>;
	/** Names that are annotated or given a value right below its head, in their order. */
	fields: readonly string[];
	/** It may have attributes that its body does not name, or another decorator changes it. */
	open: boolean;
}

/** What a class has by itself and by all of its bases, which are known. */
interface Members {
	has: (name: string) => boolean;
	fields: readonly string[];
	kind: "class" | "enum" | "keys" | "model";
}

const CLASS = /^((?:@[^\n]*\r?\n)*)class[ \t]+(\w+)[ \t]*(?:\(([^()]*)\))?[ \t]*:/gm;
const DECORATOR =
	/^@(?:(?:dataclasses\.)?dataclass|(?:pydantic\.)?dataclasses\.dataclass|final|typing\.final|(?:functools\.)?total_ordering|runtime_checkable|(?:attrs?\.)?(?:define|frozen|mutable|s))\b/;
const DYNAMIC =
	/def[ \t]+__new__\b|__getattr(?:ibute)?__|\bsetattr\(|__dict__|\bextra[ \t]*=[ \t]*["']allow|Extra\.allow|"extra"[ \t]*:[ \t]*"allow|\bexec\(|\bvars\(|\bmake_dataclass\b|\bcreate_model\b/;
const NOT_CODE = /"""[^]*?"""|'''[^]*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*/g;

/** The text with blanks for its texts and comments. */
const codeOf = (text: string): string => text.replaceAll(NOT_CODE, (one) => one.replaceAll(/[^\n]/g, " "));

/** The classes at the top of a module whose name is bound once there. */
export const classesIn = once((file: SourceFile): ReadonlyMap<string, PythonClass> => {
	if (!file.has(/^class[ \t]/m)) return new Map();
	const code = codeOf(file.text);
	const found = [...code.matchAll(CLASS)].map(({ 0: head, 1: decorators, 2: name, 3: bases, index }): PythonClass => {
		const from = index + head.length;
		const body = bodyFrom(code, from);
		const own = decorators!.split("\n").filter((line) => line.trim() !== "");
		return {
			name: name!,
			file,
			at: index + decorators!.length,
			bases: namesIn(bases ?? ""),
			words: new Set(body.match(/[A-Za-z_]\w*/g)),
			fields: [...body.matchAll(/^(?: {4}|\t)([A-Za-z_]\w*)[ \t]*(?::(?!=)|=(?!=))/gm)].map(([, one]) => one!),
			open:
				DYNAMIC.test(file.text.slice(from, from + body.length)) ||
				own.some((line) => !DECORATOR.test(line)) ||
				/=/.test(bases ?? ""),
		};
	});
	const times = Map.groupBy(found, ({ name }) => name);
	return new Map(found.filter(({ name }) => times.get(name)!.length === 1).map((one) => [one.name, one]));
});

const namesIn = (bases: string): string[] =>
	bases
		.replaceAll(/\[[^[\]]*\]/g, "")
		.split(",")
		.map((one) => one.trim())
		.filter((one) => one !== "");

/** Up to the next line that is not indented. */
function bodyFrom(text: string, from: number): string {
	const end = /\n(?=[^\s#)\]}])/.exec(text.slice(from));
	return text.slice(from, end === null ? text.length : from + end.index);
}

const importsByName = once((file: SourceFile): ReadonlyMap<string, readonly PythonImport[]> => {
	const found = new Map<string, PythonImport[]>();
	for (const one of importsOf(file)) for (const name of one.names) found.set(name, [...(found.get(name) ?? []), one]);
	return found;
});

const homes = once((_tree: Tree) => new Map<SourceFile, Map<string, SourceFile | undefined>>());

/** Where a name comes from that a file has at its top: the file itself, or a module of the tree that it imports it from. */
export function homeOf(tree: Tree, file: SourceFile, name: string): SourceFile | undefined {
	const all = homes(tree);
	const own = all.get(file) ?? new Map<string, SourceFile | undefined>();
	all.set(file, own);
	if (!own.has(name)) own.set(name, foundHome(tree, file, name, 0));
	return own.get(name);
}

function foundHome(tree: Tree, file: SourceFile, name: string, depth: number): SourceFile | undefined {
	const found = importsByName(file).get(name);
	const [only] = found ?? [];
	if (found === undefined || only === undefined) return file;
	if (found.length > 1 || new RegExp(`\\b${name}\\s+as\\b`).test(file.text.slice(only.at, only.at + 800)))
		return undefined;
	const path = only.module.startsWith(".") ? relativePath(file.path, only.module) : undefined;
	const source = only.module.startsWith(".")
		? (tree.file(`${path ?? ""}.py`) ?? tree.file(`${path ?? ""}/__init__.py`))
		: moduleFile(tree, only.module, file.path);
	if (source === undefined || isAside(source.path)) return undefined;
	// A package hands on what it imports itself.
	const handsOn = source.path.endsWith("/__init__.py") && importsByName(source).has(name);
	return !handsOn ? source : depth > DEEPEST ? undefined : foundHome(tree, source, name, depth + 1);
}

/** The class that a name of a file means; undefined where it is none of the tree. */
export function classNamed(tree: Tree, file: SourceFile, name: string): PythonClass | undefined {
	const home = homeOf(tree, file, name);
	return home === undefined ? undefined : classesIn(home).get(name);
}

const KINDS: Readonly<Record<string, Members["kind"]>> = {
	...{ object: "class", ABC: "class", "abc.ABC": "class", Protocol: "class", Generic: "class" },
	...{
		BaseModel: "model",
		"pydantic.BaseModel": "model",
		BaseSettings: "model",
		"pydantic_settings.BaseSettings": "model",
	},
	...{ NamedTuple: "class", "typing.NamedTuple": "class", TypedDict: "keys", "typing.TypedDict": "keys" },
	...{
		Enum: "enum",
		"enum.Enum": "enum",
		StrEnum: "enum",
		"enum.StrEnum": "enum",
		IntEnum: "enum",
		"enum.IntEnum": "enum",
	},
	...{ str: "enum", int: "enum" },
};
/** Of pydantic's BaseModel, versions 1 and 2, and of a named tuple. */
const GIVEN =
	/^(?:model_\w+|dict|json|copy|construct|schema|schema_json|parse_obj|parse_raw|parse_file|from_orm|validate|update_forward_refs|fields|count|index|_\w+)$/;
const DEEPEST = 6;

/** Undefined where a base is not of the tree, or the class makes up its attributes. */
export function membersOf(tree: Tree, one: PythonClass, depth = 0): Members | undefined {
	if (one.open || depth > DEEPEST) return undefined;
	const parents = one.bases.map((base): Members | undefined => {
		const parent = /^\w+$/.test(base) ? classNamed(tree, one.file, base) : undefined;
		if (parent !== undefined) return parent === one ? undefined : membersOf(tree, parent, depth + 1);
		const kind = Object.hasOwn(KINDS, base) ? KINDS[base] : undefined;
		return kind === undefined ? undefined : { has: (name) => kind !== "keys" && GIVEN.test(name), fields: [], kind };
	});
	if (parents.includes(undefined)) return undefined;
	const known = parents as Members[];
	return {
		has: (name) => one.words.has(name) || name.startsWith("__") || known.some((parent) => parent.has(name)),
		fields: [...known.flatMap(({ fields }) => fields), ...one.fields],
		kind: known.find(({ kind }) => kind !== "class")?.kind ?? "class",
	};
}
