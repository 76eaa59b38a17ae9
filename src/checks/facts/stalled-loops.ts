import { loopEnd, shellTexts } from "../shell/everywhere.ts";
import { standingOf } from "./standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../place.ts";

/** A loop that waits, and whose counter no line of it changes: its bound is never reached. */
export interface Stalled {
	name: string;
	/** As it is written: `attempt >= 30`. */
	bound: string;
	/** Of the comparison, and of the counter's first value. */
	place: FilePlace;
	start: FilePlace;
}

/** One loop of a text: offsets of its keyword, and behind its end. */
interface Loop {
	text: string;
	from: number;
	end: number;
	place: (at: number) => FilePlace;
	kind: "shell" | "python" | "powershell" | "javascript";
}

const LONGEST = 4000;
const WAITS = /\b(?:sleep|setTimeout|delay|Start-Sleep)\b/i;
/** Quick looks: a language's loop, and a wait. */
const HEADS = {
	python: /^[ \t]*while\b[^\n]*:[ \t]*(?:#[^\n]*)?$/gm,
	powershell: /\b(?:while|until)[ \t]*\(|\bdo[ \t\r\n]*\{/gi,
	javascript: /\bwhile[ \t]*\(|\bdo[ \t\r\n]*\{/g,
} as const;
const SHELL_HEAD = /(?<=^|[;&|\n({][ \t]*|\b(?:then|do|else)[ \t]+)(?:while|until)[ \t]+/g;

/** The loops of scripts, steps and recipes, and of Python, PowerShell and JavaScript. */
export const stalledLoops = (tree: Tree): Stalled[] => [
	...shellTexts(tree).flatMap((script) =>
		!/\b(?:while|until)\b/.test(script.text) || !WAITS.test(script.text) || /\beval\b/.test(script.text)
			? []
			: [...script.text.matchAll(SHELL_HEAD)].flatMap(({ index: from }) => {
					const end = loopEnd(script, from);
					return end === undefined
						? []
						: stalledIn({ text: script.text, from, end, place: script.place, kind: "shell" });
				}),
	),
	...tree.in("python", "powershell", "javascript").flatMap(inFile),
];

function inFile(file: SourceFile): Stalled[] {
	const { text, path, language } = file;
	if (!file.has(WAITS) || isAside(path) || standingOf(path) !== "live" || text.length > 200_000) return [];
	const kind = language as keyof typeof HEADS;
	const place = (at: number): FilePlace => file.placeAt(at);
	return [...text.matchAll(HEADS[kind])].flatMap(({ 0: head, index }) => {
		const from = index + head.search(/\S/);
		const end = kind === "python" ? afterBlock(text, index, head) : afterBraces(text, from);
		return end === undefined ? [] : stalledIn({ text, from, end, place, kind });
	});
}

/** The lines below that stand farther in. */
function afterBlock(text: string, at: number, head: string): number {
	const indent = /^[ \t]*/.exec(head)![0].length;
	let end = at + head.length;
	for (const line of text.slice(end + 1, end + LONGEST).split("\n")) {
		if (line.trim() !== "" && /^[ \t]*/.exec(line)![0].length <= indent) break;
		end += line.length + 1;
	}
	return end;
}

/** Behind the closing brace of what begins here, and the condition that follows the body of `do`. */
function afterBraces(text: string, from: number): number | undefined {
	let depth = 0;
	for (const { 0: sign, index } of text.slice(from, from + LONGEST).matchAll(/[{}]/g)) {
		depth += sign === "{" ? 1 : -1;
		if (depth > 0) continue;
		const rest = /^[ \t\r\n]*(?:while|until)[ \t]*\([^\n]*/i.exec(text.slice(from + index + 1, from + index + 300));
		return from + index + 1 + (rest?.[0].length ?? 0);
	}
	return undefined;
}

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
/** What ends the loop, behind a comparison. */
const LEAVES = /\b(?:exit|return|break|die|fail|fatal|abort|raise|throw|sys\.exit)\b/i;

function stalledIn({ text, from, end, place, kind }: Loop): Stalled[] {
	const loop = text.slice(from, end);
	if (loop.length > LONGEST || !WAITS.test(loop)) return [];
	const head = kind === "shell" ? loop.search(/\bdo\b/) : loop.indexOf("\n") === -1 ? loop.length : loop.indexOf("\n");
	const compares = new RegExp(`(?<![\\w$.])${SIDE[kind]}${SIGN[kind]}${SIDE[kind]}(?![\\w.(\\[])`, "g");
	return [...loop.matchAll(compares)].slice(0, 20).flatMap(({ 0: bound, 1: a, 2: b, index }): Stalled[] => {
		const inHead = index < head || /\b(?:while|until)[ \t]*\([^\n]*$/i.test(loop.slice(0, index));
		const after = loop.slice(index + bound.length, index + bound.length + 160);
		if (!inHead && !LEAVES.test(after.split(/\n[ \t]*(?:fi|done|else|elif|\})|;[ \t]*fi\b/)[0]!)) return [];
		if (isComment(loop, index) || [a!, b!].some((side) => !isSteady(loop, side, kind))) return [];
		const counters = [a!, b!].filter((side) => /^[a-z_]\w*$/i.test(side) && !/^(?:SECONDS|RANDOM)$/.test(side));
		const [counter] = counters.flatMap((name) => firstValue(text, name, from, kind) ?? []);
		return counter === undefined
			? []
			: [{ name: counter.name, bound: bound.trim(), place: place(from + index), start: place(counter.at) }];
	});
}

const isComment = (loop: string, at: number): boolean =>
	/(?:^|\s)(?:#|\/\/)/.test(loop.slice(loop.lastIndexOf("\n", at) + 1, at));

/** A number, or a name that nothing of the loop changes. */
function isSteady(loop: string, side: string, kind: Loop["kind"]): boolean {
	if (/^\d+$/.test(side)) return true;
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
		`^[ \\t]*(?:(?:local|declare|typeset|let|var|int)[ \\t]+(?:[^\\n;]*[ \\t])?)?${sign}${RegExp.escape(name)}(?:[ \\t]*:[ \\t]*(?:int|number))?[ \\t]*=[ \\t]*["']?\\d+["']?[ \\t]*(?:;|#|//|$)`,
		"gim",
	);
	const all = [...text.matchAll(made)];
	const [one] = all;
	if (one === undefined || all.length !== 1 || one.index > from || from - one.index > 1500) return undefined;
	const rest = text.slice(0, one.index) + text.slice(one.index + one[0].length);
	return changes(kind, name).test(rest) ? undefined : { name, at: one.index + one[0].search(/\S/) };
}
