import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../place.ts";
import { isComment, LEAVES, waitingLoops, type Loop } from "./waiting-loops.ts";

/** A loop that waits, and whose counter no line of it changes: its bound is never reached. */
export interface Stalled {
	name: string;
	/** As it is written: `attempt >= 30`. */
	bound: string;
	/** Of the comparison, and of the counter's first value. */
	place: FilePlace;
	start: FilePlace;
}

/** Of scripts, steps and recipes, and of Python, PowerShell and JavaScript. */
export const stalledLoops = (tree: Tree): Stalled[] => waitingLoops(tree).flatMap(stalledIn);

const NAME = "[A-Za-z_]\\w*";
const SIDE = {
	shell: `["']?\\$?\\{?(${NAME}|\\d+)\\}?["']?`,
	python: `(${NAME}(?:\\.\\w+)*|\\d+)`,
	powershell: `\\$?((?:script:|global:)?${NAME}|\\d+)`,
	javascript: `(${NAME}(?:\\.\\w+)*|\\d+)`,
} as const;
const SIGN = {
	shell: "[ \\t]*(?:>=|<=|==|>|<|[ \\t]-(?:ge|gt|le|lt|eq)[ \\t])[ \\t]*",
	python: "[ \\t]*(?:>=|<=|==|>|<)[ \\t]*",
	powershell: "[ \\t]+-(?:ge|gt|le|lt|eq)[ \\t]+",
	javascript: "[ \\t]*(?:>=|<=|===?|>|<)[ \\t]*",
} as const;

function stalledIn({ text, from, end, place, kind }: Loop): Stalled[] {
	const loop = text.slice(from, end);
	const head = kind === "shell" ? loop.search(/\bdo\b/) : loop.indexOf("\n") === -1 ? loop.length : loop.indexOf("\n");
	const compares = new RegExp(`(?<![\\w$.])${SIDE[kind]}${SIGN[kind]}${SIDE[kind]}(?![\\w.(\\[])`, "g");
	return [...loop.matchAll(compares)].slice(0, 20).flatMap(({ 0: bound, 1: a, 2: b, index }): Stalled[] => {
		const inHead = index < head || /\b(?:while|until)[ \t]*\([^\n]*$/i.test(loop.slice(0, index));
		const after = loop.slice(index + bound.length, index + bound.length + 160);
		if (!inHead && !LEAVES.test(after.split(/\n[ \t]*(?:fi|done|else|elif|\})|;[ \t]*fi\b/)[0]!)) return [];
		if (isComment(loop, index) || [a!, b!].some((side) => !isSteady(loop, side, kind, text))) return [];
		const counters = [a!, b!].filter((side) => /^[a-z_]\w*$/i.test(side) && !/^(?:SECONDS|RANDOM)$/.test(side));
		const [counter] = counters.flatMap((name) => firstValue(text, name, from, kind) ?? []);
		return counter === undefined
			? []
			: [{ name: counter.name, bound: bound.trim(), place: place(from + index), start: place(counter.at) }];
	});
}

/** A number, a name that nothing of the loop changes, or a field that no line of the text writes and no call is handed. */
function isSteady(loop: string, side: string, kind: Loop["kind"], text: string): boolean {
	if (/^\d+$/.test(side)) return true;
	const [, object, field] = /^(\w+)\.(\w+)$/.exec(side) ?? [];
	if (object !== undefined && /^(?:options?|opts|settings|config|cfg|policy|limits?|args)$/.test(object)) {
		const written = new RegExp(`\\.${field}[ \\t]*(?:[-+*/]?=(?!=)|\\+\\+|--)|(?:\\+\\+|--)\\w+\\.${field}\\b`);
		return !written.test(text) && !new RegExp(`(?<![\\w.])${object}[ \\t]*[,)]`).test(loop);
	}
	if (side.includes(".") && kind !== "powershell") return false;
	return !changes(kind, side).test(loop);
}

function changes(kind: Loop["kind"], name: string): RegExp {
	const own = RegExp.escape(name.replace(/^\w+:/, ""));
	const any = "(?:script:|global:)?";
	if (kind === "powershell")
		return new RegExp(
			`\\$${any}${own}[ \\t]*(?:[-+*/]?=|\\+\\+|--)|(?:\\+\\+|--)\\$${any}${own}\\b|\\[ref\\]\\$${own}\\b`,
			"i",
		);
	if (kind === "shell")
		return new RegExp(
			`(?<![\\w$])${own}[ \\t]*(?:[-+*/]?=(?!=)|\\+\\+|--)|(?:\\+\\+|--)[ \\t]*${own}\\b|\\bfor[ \\t]+${own}\\b|(?:^[ \\t]*|[;&|(][ \\t]*|\\b(?:do|then|else|while|until|if|IFS=\\S*)[ \\t]+)(?:read|let|mapfile|readarray|getopts|unset|printf -v|local|declare)\\b[^\\n;|]*\\b${own}\\b`,
			"m",
		);
	return new RegExp(
		`(?<![\\w$.])${own}[ \\t]*(?:[-+*/]?=(?!=)|:=|\\+\\+|--)|(?:\\+\\+|--)${own}\\b|\\b(?:for|as|nonlocal|global)\\b[^\\n]*\\b${own}\\b|(?<![\\w.])${own}[ \\t]*,[^\\n]*[^=!<>]=(?!=)|,[ \\t]*${own}[ \\t]*=(?!=)`,
	);
}

/** Where a counter gets a number before the loop, when nothing else of the text ever changes it. */
function firstValue(
	text: string,
	name: string,
	from: number,
	kind: Loop["kind"],
): { name: string; at: number } | undefined {
	const sign = kind === "powershell" ? "\\$(?:script:|global:)?" : "";
	const made = new RegExp(
		`^[ \\t]*(?:(?:local|declare|typeset|let|const|var|int)[ \\t]+(?:[^\\n;]*[ \\t])?)?${sign}${RegExp.escape(name)}(?:[ \\t]*:[ \\t]*(?:int|number))?[ \\t]*=[ \\t]*["']?\\d+["']?[ \\t]*(?:;|#|//|$)`,
		"gim",
	);
	const all = [...text.matchAll(made)];
	const [one] = all;
	if (one === undefined || all.length !== 1 || one.index > from || from - one.index > 1500) return undefined;
	const rest = text.slice(0, one.index) + text.slice(one.index + one[0].length);
	return changes(kind, name).test(rest) ? undefined : { name, at: one.index + one[0].search(/\S/) };
}
