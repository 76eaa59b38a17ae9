import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { pythonSyntax, type SyntaxNode } from "../tree/syntax.ts";
import type { Tree } from "../tree/tree.ts";
import { classNamed, homeOf, type PythonClass } from "./classes.ts";
import { importsOf } from "./imports.ts";

/** A name that holds an instance of a class of the tree in a part of a file. */
export interface TypedName {
	name: string;
	of: PythonClass;
	/** The function, or undefined for the whole file. */
	within: SyntaxNode | undefined;
	/** Where it is said. */
	file: SourceFile;
	at: number;
}

/** `payload: JobRequest`, `job: "Job | None"`, `user: Annotated[User, Depends(current)]`; the name stands in front. */
const ANNOTATED =
	/:[ \t]*(?:(?:typing\.)?(?:Optional|Annotated|Final)\[[ \t]*)?["']?([A-Z]\w*)["']?(?:[ \t]*\|[ \t]*None)?["']?(?=[ \t]*[,)=\]\n\r])/g;
/** `settings = Settings()`, `settings = await load(path)` */
const MADE = /=[ \t]*(?:await[ \t]+)?([A-Za-z_]\w*)\((?<=^([ \t]*)([a-z_]\w*)[ \t]*=[^\n=]*)/gm;
const RETURNS =
	/^((?:@[^\n]*\r?\n)*)(async[ \t]+)?def[ \t]+(\w+)\([^()]*(?:\([^()]*\)[^()]*)*\)[ \t]*->[ \t]*["']?([A-Z]\w*)["']?[ \t]*:/gm;

/** Functions at the top of a module that say what they return. */
const returnsIn = once((file: SourceFile): ReadonlyMap<string, string> =>
	!file.has(/->[ \t]*["']?[A-Z]/)
		? new Map()
		: new Map(
				file
					.matches(RETURNS)
					.filter(([, decorators]) => !/^@(?!(?:functools\.)?(?:lru_cache|cache)\b)/m.test(decorators!))
					.map(({ 3: name, 4: type }) => [name!, type!]),
			),
);

/** The class that a call gives: the class itself, or what a function says that it returns. */
function madeBy(tree: Tree, file: SourceFile, name: string): PythonClass | undefined {
	if (/^[A-Z]/.test(name)) return classNamed(tree, file, name);
	const home = homeOf(tree, file, name);
	const type = home === undefined ? undefined : returnsIn(home).get(name);
	return type === undefined ? undefined : classNamed(tree, home!, type);
}

interface Made {
	name: string;
	by: string;
	at: number;
	indented: boolean;
}

const madeIn = once((file: SourceFile): readonly Made[] =>
	file.matches(MADE).map(({ 1: by, 2: indent, 3: name, index }) => ({
		name: name!,
		by: by!,
		at: file.text.lastIndexOf("\n", index) + 1 + indent!.length,
		indented: indent !== "",
	})),
);

/** Whether somebody asks for a name; for one of a class, where that is known. */
type Asks = (name: string, of?: PythonClass) => boolean;

/** Names at the top of a module that hold an instance of a class, each given a value once. */
const heldIn = (tree: Tree, file: SourceFile, asks: Asks, only?: string): TypedName[] =>
	madeIn(file).flatMap(({ name, by, at, indented }): TypedName[] => {
		if (indented || (only !== undefined && name !== only) || !asks(name)) return [];
		const of = madeBy(tree, file, by);
		if (of === undefined || !asks(name, of) || !isWholeCall(file, at)) return [];
		const times = file.matches(
			new RegExp(`(?<![\\w.])${name}[ \\t]*(?:[:,][^=\\n]*)?=(?!=)|\\bglobal\\b[^\\n]*\\b${name}\\b`, "g"),
		);
		return times.length > 1 ? [] : [{ name, of, within: undefined, file, at }];
	});

/** Nothing follows the call: `make().other` is another thing. */
function isWholeCall(file: SourceFile, at: number): boolean {
	const node = pythonSyntax(file).resolveInner(at, 1);
	for (let one: SyntaxNode | null = node; one !== null; one = one.parent)
		if (one.name === "AssignStatement") {
			const value = one.lastChild?.name === "AwaitExpression" ? one.lastChild.lastChild : one.lastChild;
			return value?.name === "CallExpression" && value.firstChild?.name === "VariableName";
		}
	return false;
}

/** What a file says of the classes of its names, as far as somebody asks for them; names that it imports among them. */
export function typedNames(tree: Tree, file: SourceFile, asks: Asks): TypedName[] {
	const annotated = file.matches(ANNOTATED).flatMap(({ 1: type, index }): TypedName[] => {
		const name = /(?<![\w.])([a-z_]\w*)[ \t]*$/.exec(file.text.slice(Math.max(0, index - 80), index));
		if (name === null || !asks(name[1]!)) return [];
		const of = classNamed(tree, file, type!);
		if (of === undefined || !asks(name[1]!, of)) return [];
		const at = index - name[0].length;
		const within = parameterOf(file, at);
		return within === undefined ? [] : [{ name: name[1]!, of, within, file, at }];
	});
	const made = madeIn(file).flatMap(({ name, by, at, indented }): TypedName[] => {
		const of = indented && asks(name) ? madeBy(tree, file, by) : undefined;
		if (of === undefined || !asks(name, of) || !isWholeCall(file, at)) return [];
		const within = functionAt(file, at);
		return within === undefined ? [] : [{ name, of, within, file, at }];
	});
	const imported = importsOf(file).flatMap(({ names, indented }): TypedName[] =>
		names.flatMap((name) => {
			const home = indented || !/^[a-z_]\w*$/.test(name) || !asks(name) ? undefined : homeOf(tree, file, name);
			return home === undefined || home === file ? [] : heldIn(tree, home, asks, name);
		}),
	);
	return [...annotated, ...made, ...heldIn(tree, file, asks), ...imported];
}

/** The function whose parameter stands at an offset. */
function parameterOf(file: SourceFile, at: number): SyntaxNode | undefined {
	const node = pythonSyntax(file).resolveInner(at, 1);
	const list = node.parent;
	return node.name === "VariableName" && list?.name === "ParamList" && list.parent?.name === "FunctionDefinition"
		? list.parent
		: undefined;
}

/** The nearest function around an offset. */
function functionAt(file: SourceFile, at: number): SyntaxNode | undefined {
	for (let one: SyntaxNode | null = pythonSyntax(file).resolveInner(at, 1); one !== null; one = one.parent)
		if (one.name === "FunctionDefinition" || one.name === "LambdaExpression") return one;
	return undefined;
}
