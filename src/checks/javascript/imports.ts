import { isAside } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { scriptSyntax } from "../tree/syntax.ts";

interface ModuleImport {
	/** As it is written. */
	specifier: string;
	/** The offset of the specifier, after its quote. */
	at: number;
	/** `import type`, `export type`: gone when it runs. */
	type: boolean;
}

const STATEMENT =
	/^[ \t]*(?:import\b(?:\s+(type)\b(?!\s+from\b))?(?=[\s{*])[\w\s{},*$/.-]{1,4000}?|export(?:\s+(type)\b)?\s*[{*][\w\s{},*$/.-]{0,4000}?)\bfrom\s*(["'])([^"'\n]+)\3|^[ \t]*import\s*(["'])([^"'\n]+)\5/gm;
const CALL = /\b(?:require|import)\(\s*(["'])([^"'\n]+)\1\s*\)/g;

/** What looks like an import; comments and templates may be among them (`isRealImport` tells). */
export const moduleImports = once((file: SourceFile): readonly ModuleImport[] => {
	const found: ModuleImport[] = [];
	for (const match of file.matches(STATEMENT)) {
		const specifier = match[4] ?? match[6]!;
		found.push({
			specifier,
			at: match.index + match[0].lastIndexOf(specifier),
			type: (match[1] ?? match[2]) !== undefined,
		});
	}
	for (const { index, 0: whole, 2: specifier } of file.matches(CALL))
		found.push({ specifier: specifier!, at: index + whole.indexOf(specifier!), type: false });
	return found;
});

/** Calls that load a module, or stand for one, by its path: of Node, of Temporal's bundler and of test runners. */
const NAMED =
	/(?:\brequire\.resolve\(|\bimport\.meta\.resolve\(|\bnew Worker\(\s*new URL\(|\bworkflowsPath\s*:\s*(?:\w+\(\s*)?new URL\(|\b(?:vi|jest)\.(?:mock|doMock|unmock|importActual|requireActual)(?:<[^()]*?>)?\()\s*(["'])([^"'\n]+)\1\s*(?:\)|,(?!\s*\{)(?![^]{0,2000}?\bvirtual\s*:))/g;

/** Modules that a file names without an import of them. */
export const namedModules = (file: SourceFile): readonly ModuleImport[] =>
	file.matches(NAMED).map(({ index, 0: whole, 2: specifier }) => ({
		specifier: specifier!,
		at: index + whole.indexOf(specifier!, whole.search(/["']/)),
		type: false,
	}));

/** The names that a file uses as values: in a type, in an import and behind a dot they are none. */
export const valueNames = once((file: SourceFile): ReadonlySet<string> => {
	const names = new Set<string>();
	scriptSyntax(file).iterate({
		enter: ({ name, from, to }) => {
			if (name === "VariableName" || name === "JSXIdentifier") names.add(file.text.slice(from, to));
		},
	});
	return names;
});

/** Whether the specifier is one in the language's grammar, outside `try` and of a call that nobody has renamed. */
export function isRealImport(file: SourceFile, { at }: ModuleImport): boolean {
	const above: string[] = [];
	const string = scriptSyntax(file).resolveInner(at, 1);
	// A text that holds an import begins earlier.
	if (string.from !== at - 1) return false;
	for (let node: typeof string | null = string; node !== null; node = node.parent) above.push(node.name);
	if (above[0] !== "String") return false;
	return (
		(/^(?:ImportDeclaration|ExportDeclaration)$/.test(above[1]!) ||
			above.some((name) => /^(?:CallExpression|DynamicImport|NewExpression)$/.test(name))) &&
		!above.includes("TryStatement")
	);
}

/** What is larger was put together by a bundler. */
const LARGEST = 200_000;

/** Whether people write the file: it is no copy, no bundle and no result of a build. */
export const isOwnSource = ({ path, text }: SourceFile): boolean =>
	!isAside(path) &&
	text.length < LARGEST &&
	!/\.min\.[cm]?js$|(?:^|\/)(?:dist|build|out|coverage|\.next|\.output|\.yarn)\//.test(path);
