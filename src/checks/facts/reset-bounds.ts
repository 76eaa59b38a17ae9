import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../place.ts";
import { isComment, LEAVES, waitingLoops, WAITS, type Loop } from "./waiting-loops.ts";

/** A loop that waits, and that sets its own bound anew in every turn: it is never reached. */
export interface Reset {
	name: string;
	/** `time`: a moment from now on; `count`: a number that the loop counts up. */
	what: "time" | "count";
	/** Of the assignment, and of the comparison. */
	place: FilePlace;
	compared: FilePlace;
}

/** A moment ahead of now, as the languages write it. */
const AHEAD = {
	shell:
		/^[ \t]*(?:local |declare )?([A-Za-z_]\w*)=\$\(\([ \t]*(?:SECONDS|\$\(date \+%s\)|EPOCHSECONDS)[ \t]*\+[^\n]*\)\)/gm,
	python:
		/^[ \t]*([A-Za-z_]\w*)[ \t]*=[ \t]*(?:time\.(?:time|monotonic)\(\)|(?:time|monotonic|loop\.time|perf_counter)\(\)|datetime\.(?:utc)?now\([^)\n]*\))[ \t]*\+[^\n]*/gm,
	powershell:
		/^[ \t]*\$([A-Za-z_]\w*)[ \t]*=[ \t]*(?:\(Get-Date\)|\[DateTime\]::(?:Utc)?Now)\.Add(?:Seconds|Minutes|Milliseconds)\([^\n]*/gim,
	javascript:
		/^[ \t]*(?:const |let |var )?([A-Za-z_]\w*)[ \t]*=[ \t]*(?:Date\.now\(\)|performance\.now\(\))[ \t]*\+[^\n]*/gm,
} as const;
/** A counter at its first number. */
const FIRST = {
	shell: /^[ \t]*(?:local |declare )?([A-Za-z_]\w*)=["']?[01]["']?[ \t]*$/gm,
	python: /^[ \t]*([A-Za-z_]\w*)[ \t]*=[ \t]*[01][ \t]*$/gm,
	powershell: /^[ \t]*\$([A-Za-z_]\w*)[ \t]*=[ \t]*[01][ \t]*;?[ \t]*$/gm,
	javascript: /^[ \t]*(?:let |var )([A-Za-z_]\w*)[ \t]*=[ \t]*[01];?[ \t]*$/gm,
} as const;
const BRANCH = /\b(?:if|elif|else|elseif|case|switch|try|except|catch|trap|with|match)\b|&&|\|\|/i;
const LOOPS = /\b(?:while|until|for|foreach|do)\b/i;

/** In scripts, steps and recipes, and in Python, PowerShell and JavaScript. */
export const resetBounds = (tree: Tree): Reset[] => waitingLoops(tree).flatMap(resetIn);

function resetIn({ text, from, end, place, kind }: Loop): Reset[] {
	const loop = text.slice(from, end);
	const head = kind === "shell" ? loop.search(/\bdo\b/) + 2 : loop.search(/[{\n]/) + 1;
	return (["time", "count"] as const).flatMap((what) =>
		[...loop.matchAll(what === "time" ? AHEAD[kind] : FIRST[kind])].flatMap(({ 0: set, 1: name, index }): Reset[] => {
			const behind = index + set.length;
			// What is set in a branch is set at times.
			const before = loop.slice(head, index);
			if (index < head || BRANCH.test(before) || LOOPS.test(before) || isComment(loop, index + set.length)) return [];
			const at = comparedAt(loop, behind, name!, kind);
			if (at === undefined || (what === "count" && !counts(loop.slice(behind), name!))) return [];
			const start = from + index + set.search(/\S/);
			return [{ name: name!, what, place: place(start), compared: place(from + at) }];
		}),
	);
}

/** Where the loop asks whether the bound is reached, and then ends, before it waits. */
function comparedAt(loop: string, from: number, name: string, kind: Loop["kind"]): number | undefined {
	const own = `${kind === "powershell" ? "\\$" : "\\$?\\{?"}${name}\\b\\}?["']?`;
	const sign = kind === "powershell" || kind === "shell" ? "(?:[<>]=?|-(?:ge|gt|le|lt|eq)\\b)" : "[<>]=?";
	const compares = new RegExp(`${own}[ \\t]*${sign}|${sign}[ \\t]*["']?${own}`, "i");
	const rest = loop.slice(from);
	const at = rest.search(compares);
	const between = rest.slice(0, at);
	if (at === -1 || WAITS.test(between) || LOOPS.test(between)) return undefined;
	const after = rest.slice(at, at + 400).split(/\n[ \t]*(?:fi|done|else|elif|\})|;[ \t]*fi\b/)[0]!;
	const line = rest.slice(rest.lastIndexOf("\n", at) + 1, at);
	return LEAVES.test(after) && /\bif\b|\(\(|\[|\btest\b/.test(line) ? from + at : undefined;
}

const counts = (rest: string, name: string): boolean =>
	new RegExp(
		`\\$?${name}[ \\t]*(?:\\+\\+|\\+=[ \\t]*1\\b|=[ \\t]*\\$?${name}[ \\t]*\\+[ \\t]*1\\b)|\\b${name}=\\$\\(\\([ \\t]*\\$?${name}[ \\t]*\\+[ \\t]*1|\\+\\+[ \\t]*\\$?${name}\\b`,
	).test(rest);
