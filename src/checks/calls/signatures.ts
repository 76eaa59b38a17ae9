import type { SourceFile } from "../tree/source-file.ts";
import { LARGEST_CODE, partsFrom, type Part, type Tongue } from "./arguments.ts";
import { constructorsIn } from "./constructors.ts";
import { headersOf } from "./headers.ts";
import { once } from "../tree/once.ts";

interface Parameter {
	name: string;
	/** It has a default, or may be left out. */
	optional: boolean;
}

/** What a function of a file takes. */
export interface Signature {
	name: string;
	/** The class or the interface that it is a method of; `""`: of a literal, or of a function around it. */
	owner: string | undefined;
	/** Those that are given by their position, without self. */
	parameters: readonly Parameter[];
	/** Python: those after `*`, by name alone. */
	named: readonly Parameter[];
	/** It takes any number of them by position, or by name. */
	any: boolean;
	anyNamed: boolean;
	/** Something may change what it takes: a decorator that nobody knows, or several definitions. */
	doubtful: boolean;
	/** Python: its first parameter is `self`, which whoever calls it on the class gives itself. */
	ofInstance?: boolean;
	file: SourceFile;
	at: number;
}

/** The functions and methods of a file of Python or JavaScript, found by their heads; texts may be among them. */
export const signaturesIn = once((file: SourceFile): readonly Signature[] => {
	const found =
		file.text.length > LARGEST_CODE ? [] : file.language === "python" ? pythonHeads(file) : scriptHeads(file);
	const times = Map.groupBy(found, ({ owner, name }) => `${owner ?? "\0"}.${name}`);
	const made = found.map((one) =>
		times.get(`${one.owner ?? "\0"}.${one.name}`)!.length > 1 ? { ...one, doubtful: true } : one,
	);
	return made;
});

const DEF = /^([ \t]*)(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*(?:\[[^\]\n]*\])?\(/gm;
/** Decorators that leave the parameters as they are. */
const PLAIN =
	/^(?:staticmethod|classmethod|abstractmethod|abc\.abstractmethod|override|activity\.defn|workflow\.(?:run|signal|query|update)|(?:functools\.)?(?:lru_cache|cache)|retry|contextmanager|asynccontextmanager|contextlib\.\w+)\b/;

function pythonHeads(file: SourceFile): Signature[] {
	const made = constructorsIn(file).map(({ name, fields, at }): Signature => ({
		...{ name, owner: undefined, any: false, anyNamed: false, doubtful: false, file, at },
		parameters: fields.filter(({ named }) => !named),
		named: fields.filter(({ named }) => named),
	}));
	const functions = file.matches(DEF).flatMap(({ 0: head, 1: indent, 2: name, index }): Signature[] => {
		const list = partsFrom(file.text, index + head.length, "python");
		if (list === undefined) return [];
		const owner = indent === "" ? undefined : (ownerAt(file, index) ?? "");
		const decorators = decoratorsAbove(file, file.lineAt(index));
		const self = owner !== undefined && /^(?:self|cls|mcs|metacls)\b/.test(list.parts[0]?.text ?? "");
		const isMethod =
			self || (owner !== undefined && owner !== "" && !decorators.some((one) => one.startsWith("staticmethod")));
		const { parameters, named, any, anyNamed } = pythonParameters(list.parts, isMethod);
		return [
			{
				name: name!,
				owner,
				parameters,
				named,
				any,
				anyNamed,
				// A method without self is one of an interface: what is called has it.
				doubtful:
					(isMethod && !self) ||
					decorators.some((one) => !PLAIN.test(one)) ||
					isOverridden(file, name!, index + head.length + 1),
				ofInstance: /^self\b/.test(list.parts[0]?.text ?? ""),
				file,
				at: index + indent!.length,
			},
		];
	});
	return [...functions, ...made];
}

/** It has another meaning by an assignment, or each class below it has its own. */
const isOverridden = (file: SourceFile, name: string, at: number): boolean =>
	(name.startsWith("__") && name !== "__init__") || isLeftOpen(bodyAt(file.text, at)) || assignedIn(file).has(name);

/** Most bodies have neither sign, and are not searched for more. */
const isLeftOpen = (body: string): boolean =>
	body.includes("raise NotImplementedError") || (body.includes("...") && /^[^\n]*:\s*\.\.\.\s*$/m.test(body));

/** The beginning of a function's body. */
function bodyAt(text: string, at: number): string {
	const near = text.slice(at, at + 400);
	const next = near.search(/\n[ \t]*(?:async[ \t]+)?def[ \t]/);
	return next === -1 ? near : near.slice(0, next);
}

/** The names that an assignment of the file gives a value. */
const assignedIn = once(
	(file: SourceFile): ReadonlySet<string> =>
		new Set(file.matches(/^[ \t]*(\w+)[ \t]*=(?!=)/gm).map(([, name]) => name!)),
);

function pythonParameters(parts: readonly Part[], isMethod: boolean) {
	const [parameters, named]: [Parameter[], Parameter[]] = [[], []];
	let [any, anyNamed, star] = [false, false, false];
	for (const { text } of isMethod ? parts.slice(1) : parts) {
		const name = /^(\*{0,2})\s*(\w*)/.exec(text)!;
		if (name[1] === "**") anyNamed = true;
		else if (name[1] === "*") [any, star] = [any || name[2] !== "", true];
		else if (name[2] !== "")
			(star ? named : parameters).push({ name: name[2]!, optional: /^\w+\s*(?::[^]*)?=/.test(text) });
	}
	return { parameters: parameters.slice(), named: named.slice(), any, anyNamed };
}

/** The class or interface that a line is in directly; `""`: something else's. Undefined: the module's. */
function ownerAt(file: SourceFile, at: number): string | undefined {
	const header = headersOf(file)[file.lineAt(at) - 1];
	return header === undefined ? undefined : (header.type ?? "");
}

/** The decorators right above a line; `?` stands for the end of one with arguments. */
function decoratorsAbove(file: SourceFile, line: number): string[] {
	const found: string[] = [];
	let commented = false;
	for (let at = line - 2; at >= 0; at -= 1) {
		const text = file.lines[at]!.trim();
		if (text.startsWith("@")) found.push(text.slice(1));
		else if (text.startsWith("#")) commented = true;
		else if (commented) return found;
		else return /[)\]}]$/.test(text) && !text.startsWith("#") ? [...found, "?"] : found;
	}
	return found;
}

const FUNCTION = /(?<![\w.$])function\s*\*?\s*([A-Za-z_$][\w$]*)\s*(?:<[^()]*?>)?\(/g;
const ARROW = /(?<![\w.$])(?:const|let)\s+([A-Za-z_$][\w$]*)\s*=\s*(?:async\s*)?(?:<[^()=]*?>)?\(/g;
const METHOD =
	/^([ \t]+)(?:(?:public|private|protected|static|async|override|abstract)\s+)*\*?([A-Za-z_$][\w$]*)\??(?:<[^()]*?>)?\(/gm;
const KEYWORD = /^(?:if|for|while|switch|catch|function|return|await|typeof|super|with|new|throw|yield|else|do)$/;

function scriptHeads(file: SourceFile): Signature[] {
	const { text } = file;
	const made = (name: string, owner: string | undefined, open: number, at: number, after: RegExp): Signature[] => {
		const list = partsFrom(text, open, "javascript" satisfies Tongue);
		if (list === undefined || !after.test(text.slice(list.end + 1, list.end + 300))) return [];
		return [{ name, owner, ...scriptParameters(list.parts), doubtful: false, file, at }];
	};
	const functions = [...file.matches(FUNCTION), ...file.matches(ARROW)].flatMap(({ 0: head, 1: name, index }) => {
		const top =
			index === 0 ||
			/(?:^|\n)(?:export\s+)?(?:default\s+)?(?:async\s+)?$/.test(text.slice(Math.max(0, index - 40), index));
		const arrow = !head.startsWith("function");
		return made(name!, top ? undefined : "", index + head.length, index, arrow ? /^\s*(?::[^;]*?)?=>/ : /^/);
	});
	const methods = file
		.matches(METHOD)
		.flatMap(({ 0: head, 1: indent, 2: name, index }) =>
			KEYWORD.test(name!)
				? []
				: made(name!, ownerAt(file, index) ?? "", index + head.length, index + indent!.length, /^\s*(?:\{|:\s*\S)/),
		);
	return [...functions, ...methods];
}

function scriptParameters(parts: readonly Part[]) {
	const parameters: Parameter[] = [];
	let any = false;
	for (const { text } of parts) {
		const bare = text.replace(/^(?:@\w+(?:\([^)]*\))?\s*)?(?:(?:public|private|protected|readonly|override)\s+)*/, "");
		if (bare.startsWith("...")) any = true;
		else if (!/^this\s*:/.test(bare)) {
			const name = /^[A-Za-z_$][\w$]*/.exec(bare)?.[0] ?? "";
			parameters.push({
				name,
				optional: /^[\w$]+\?/.test(bare) || /[^=!<>]=(?![=>])/.test(bare) || /\b(?:undefined|void|any)\b/.test(bare),
			});
		}
	}
	return { parameters, named: [], any, anyNamed: false };
}
