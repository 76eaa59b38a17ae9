import { partsFrom, tongueOf } from "../calls/arguments.ts";
import type { SourceFile } from "../tree/source-file.ts";

/** A value that an expression has for one word of what decides. */
export interface Choice {
	/** `gpu` of `if kind == "gpu":`; undefined: for all that is not told. */
	word: string | undefined;
	text: string;
	/** The expression that decides: `kind`. */
	by: string;
}

const NAME = /^[A-Za-z_$][\w$]*$/;
const PYTHON_CHOICE = /^([^\n]+?)[ \t]+if[ \t]+([\w.]+)[ \t]*==[ \t]*["'](\w+)["'][ \t]+else[ \t]+([^\n]+)$/;
const SCRIPT_CHOICE = /^([\w.]+)\s*===?\s*["'`](\w+)["'`]\s*\?\s*([^:?]+?)\s*:\s*([^:?]+)$/;

/**
 * The values of an expression that something decides by a word: a conditional, an entry of a table, what the branches of
 * a function return, what `if` and `else` assign. Undefined where it is not known to be one.
 */
export function choicesOf(file: SourceFile, expression: string): Choice[] | undefined {
	const direct = conditional(file, expression) ?? entries(file, expression);
	if (direct !== undefined || !NAME.test(expression)) return direct;
	const own = RegExp.escape(expression);
	const given = file.matches(
		new RegExp(
			`^[ \\t]*(?:(?:const|let)[ \\t]+)?${own}(?:[ \\t]*:[^=\\n]{1,80})?[ \\t]+=[ \\t]+([^\\n]+?);?[ \\t]*$`,
			"gm",
		),
	);
	if (given.length === 1)
		return (
			conditional(file, given[0]![1]!) ?? entries(file, given[0]![1]!) ?? returned(file, [expression], given[0]![1]!, 0)
		);
	if (file.language !== "python") return undefined;
	if (given.length === 2) return assigned(file, own);
	const unpacked = file.matches(
		new RegExp(
			`^[ \\t]*\\(?((?:\\w+[ \\t]*,[ \\t]*)*${own}(?:[ \\t]*,[ \\t]*\\w+)*)\\)?[ \\t]+=[ \\t]+([^\\n]+)$`,
			"gm",
		),
	);
	if (given.length > 0 || unpacked.length !== 1) return undefined;
	const names = unpacked[0]![1]!.split(",").map((one) => one.trim());
	return returned(file, names, unpacked[0]![2]!, names.indexOf(expression));
}

function conditional(file: SourceFile, text: string): Choice[] | undefined {
	if (file.language === "python") {
		const [, one, by, word, other] = PYTHON_CHOICE.exec(text) ?? [];
		return by === undefined ? undefined : pair(by, word!, one!, other!);
	}
	const [, by, word, one, other] = SCRIPT_CHOICE.exec(text) ?? [];
	return by === undefined ? undefined : pair(by, word!, one!, other!);
}

const pair = (by: string, word: string, one: string, other: string): Choice[] => [
	{ by, word, text: one.trim() },
	{ by, word: undefined, text: other.trim() },
];

/** `ACTIVITIES[kind]` of a table of the file. */
function entries(file: SourceFile, text: string): Choice[] | undefined {
	const [, table, by] = /^([A-Za-z_]\w*)\[([\w.]+)\]$/.exec(text) ?? [];
	if (table === undefined || /^\d/.test(by!)) return undefined;
	const made = file.matches(new RegExp(`^(?:(?:export )?const )?${table}\\b[^=\\n]*=\\s*\\{`, "gm"));
	const parts =
		made.length === 1 ? partsFrom(file.text, made[0]!.index + made[0]![0].length, tongueOf(file))?.parts : [];
	const all = parts?.map((part) => /^["']?(\w+)["']?\s*:\s*([^]+)$/.exec(part.text)) ?? [];
	return all.length === 0 || all.includes(null)
		? undefined
		: all.map((one) => ({ by: by!, word: one![1]!, text: one![2]!.trim() }));
}

/** What `if kind == "gpu":` and its `else:` assign. */
function assigned(file: SourceFile, own: string): Choice[] | undefined {
	const branch = `((?:\\1[ \\t]+[^\\n]*\\n|[ \\t]*\\n){1,12})`;
	const found = file.matches(
		new RegExp(`^([ \\t]*)if[ \\t]+([\\w.]+)[ \\t]*==[ \\t]*["'](\\w+)["']:\\n${branch}\\1else:\\n${branch}`, "gm"),
	);
	const value = (lines: string): string | undefined =>
		new RegExp(`^[ \\t]+${own}[ \\t]*=[ \\t]*([^\\n]+)$`, "m").exec(lines)?.[1];
	return found
		.map(([, , by, word, one, other]) => {
			const [a, b] = [value(one!), value(other!)];
			return a === undefined || b === undefined ? undefined : pair(by!, word!, a, b);
		})
		.find((one) => one !== undefined);
}

/** What the branches of a function of the file return at one place of their tuple. */
function returned(file: SourceFile, names: readonly string[], call: string, at: number): Choice[] | undefined {
	const [, name, given] = /^(?:await[ \t]+)?(\w+)\(([\w.]+)\)$/.exec(call.trim()) ?? [];
	if (name === undefined || file.language !== "python") return undefined;
	const head = new RegExp(`^(?:async )?def ${name}\\([ \\t]*(\\w+)[^\\n]*:[ \\t]*\\n`, "m").exec(file.text);
	if (head === null) return undefined;
	const rest = file.text.slice(head.index + head[0].length);
	const body = rest.slice(0, /^\S/m.exec(rest)?.index);
	const choices = branches(body, head[1]!).map(({ word, text }): Choice | undefined => {
		const bare = names.length > 1 ? text.replace(/^\(([^]*)\)$/, "$1") : text;
		const parts = names.length > 1 ? (partsFrom(`${bare})`, 0, "python")?.parts ?? []) : [{ text: bare }];
		return parts.length === names.length ? { by: given!, word, text: parts[at]!.text } : undefined;
	});
	return choices.length < 2 || choices.includes(undefined) ? undefined : choices.map((one) => one!);
}

/** Each `return` of a body, with the word that its `if` compares a parameter with; none where other conditions decide. */
function branches(body: string, param: string): { word: string | undefined; text: string }[] {
	const found: { word: string | undefined; text: string }[] = [];
	let [within, word]: [string, string | undefined] = ["", undefined];
	const own = body.search(/\S/) - (body.lastIndexOf("\n", body.search(/\S/)) + 1);
	for (const line of body.split("\n")) {
		const [, indent = "", text = ""] = /^([ \t]*)(\S.*)?$/.exec(line) ?? [];
		if (text === "") continue;
		if (indent.length <= own) {
			[within, word] = [text, new RegExp(`^(?:el)?if[ \\t]+${param}[ \\t]*==[ \\t]*["'](\\w+)["']:`).exec(text)?.[1]];
		}
		const value = /^return[ \t]+([^#]+?)[ \t]*(?:#.*)?$/.exec(text)?.[1];
		if (value === undefined) continue;
		const isRest = indent.length <= own || within === "else:";
		if (!isRest && word === undefined) return [];
		found.push({ word: isRest ? undefined : word, text: value });
	}
	return found;
}
