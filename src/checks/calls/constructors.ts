import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";

/** One value that a class takes when it is made. */
export interface Field {
	name: string;
	/** It has a default. */
	optional: boolean;
	/** By its name alone. */
	named: boolean;
}

/** What a class of Python takes when it is made. */
export interface Constructor {
	name: string;
	fields: readonly Field[];
	file: SourceFile;
	/** Of the word `class`. */
	at: number;
}

const CLASS =
	/^((?:@[^\n]*\n)+)class[ \t]+(\w+)[ \t]*(?:\([ \t]*(?:object[ \t]*)?\))?[ \t]*:|^()class[ \t]+(\w+)\((?:typing\.)?NamedTuple\)[ \t]*:/gm;
const DATACLASS = /^@(?:dataclasses\.)?dataclass(?:\(([^()\n]*)\))?[ \t]*(?:#[^\n]*)?$/;
const FIELD = /^([A-Za-z_]\w*)[ \t]*:[ \t]*([^=\n]+?)[ \t]*(?:(=)[ \t]*(.*))?$/;
/** What gives a field no place among the arguments. */
const NO_ARGUMENT = /\bClassVar\b/;

/** The data classes and named tuples of a module that stand on no other class: their fields are all that they take. */
export const constructorsIn = once((file: SourceFile): readonly Constructor[] => {
	if (!file.has(/@(?:dataclasses\.)?dataclass|NamedTuple\)/)) return [];
	const found = file.matches(CLASS).flatMap(({ 0: head, 1: decorators, 2: a, 4: b, index }): Constructor[] => {
		const name = (a ?? b)!;
		const options = decorators === undefined ? "" : optionsOf(decorators);
		if (options === undefined || /\binit\s*=\s*False/.test(options)) return [];
		const at = index + head.lastIndexOf(`class`);
		const fields = fieldsFrom(file, file.lineAt(index + head.length - 1), /\bkw_only\s*=\s*True/.test(options));
		return fields === undefined || kindAt(file, at) === "string" ? [] : [{ name, fields, file, at }];
	});
	const times = Map.groupBy(found, ({ name }) => name);
	return found.filter(({ name }) => times.get(name)!.length === 1);
});

/** The arguments of `@dataclass`; undefined where it is another decorator, or not the only one. */
function optionsOf(decorators: string): string | undefined {
	const [only, ...others] = decorators.trimEnd().split("\n");
	const found = others.length > 0 ? null : DATACLASS.exec(only!.trimEnd());
	return found === null ? undefined : (found[1] ?? "");
}

/** The annotated names right below the head of a class; undefined where it makes itself in another way. */
function fieldsFrom(file: SourceFile, head: number, allNamed: boolean): Field[] | undefined {
	const fields: Field[] = [];
	let named = allNamed;
	let indent: string | undefined;
	for (let at = head; at < file.lines.length; at += 1) {
		const line = file.lines[at]!;
		if (/^\S/.test(line) && !/^[)\]}#]/.test(line)) break;
		indent ??= /^([ \t]+)\S/.exec(line)?.[1];
		const text = indent !== undefined && line.startsWith(indent) ? line.slice(indent.length) : "";
		if (/^def[ \t]+__(?:init|new)__\b/.test(text)) return undefined;
		const [, name, type, sign, value] = FIELD.exec(text) ?? [];
		if (name === undefined || kindAt(file, file.startOf(at + 1) + indent!.length) !== "code") continue;
		if (/\bKW_ONLY\b/.test(type!)) named = true;
		else if (!NO_ARGUMENT.test(type!) && !/\binit\s*=\s*False/.test(valueFrom(file, at, value ?? "")))
			fields.push({ name, optional: hasDefault(sign, valueFrom(file, at, value ?? "")), named });
	}
	return fields.length === 0 ? undefined : fields;
}

/** A value with the lines up to its last bracket. */
const valueFrom = (file: SourceFile, line: number, value: string): string =>
	/[([{][^)\]}]*$/.test(value)
		? [value, ...file.lines.slice(line + 1, line + 8)].join("\n").split(/\n[ \t]*\)/)[0]!
		: value;

/** `field(repr=False)` is none. */
const hasDefault = (sign: string | undefined, value: string): boolean =>
	sign !== undefined && (!/^(?:dataclasses\.)?field\(/.test(value) || /\bdefault(?:_factory)?\s*=/.test(value));
