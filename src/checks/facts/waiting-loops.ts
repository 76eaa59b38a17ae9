import { loopEnd, shellTexts } from "../shell/everywhere.ts";
import { isAside } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../place.ts";
import { standingOf } from "./standing.ts";

/** One loop of a text that waits: offsets of its keyword, and behind its end. */
export interface Loop {
	text: string;
	from: number;
	end: number;
	place: (at: number) => FilePlace;
	kind: "shell" | "python" | "powershell" | "javascript";
}

const LONGEST = 4000;
export const WAITS = /\b(?:sleep|setTimeout|delay|Start-Sleep)\b/i;
/** What ends a loop, behind a comparison. */
export const LEAVES = /\b(?:exit|return|break|die|fail|fatal|abort|raise|throw|sys\.exit)\b/i;
/** Quick looks: a language's loop, and a wait. */
const HEADS = {
	python: /^[ \t]*while\b[^\n]*:[ \t]*(?:#[^\n]*)?$/gm,
	powershell: /\b(?:while|until)[ \t]*\(|\bdo[ \t\r\n]*\{/gi,
	javascript: /\bwhile[ \t]*\(|\bdo[ \t\r\n]*\{|\bfor[ \t]*\([ \t]*;[ \t]*;[ \t]*\)/g,
} as const;
const SHELL_HEAD = /(?<=^|[;&|\n({][ \t]*|\b(?:then|do|else)[ \t]+)(?:while|until)[ \t]+/g;

/** The loops that wait, of scripts, steps and recipes, and of Python, PowerShell and JavaScript. */
export const waitingLoops = once((tree: Tree): readonly Loop[] =>
	[
		...shellTexts(tree).flatMap((script) =>
			!/\b(?:while|until)\b/.test(script.text) || !WAITS.test(script.text) || /\beval\b/.test(script.text)
				? []
				: [...script.text.matchAll(SHELL_HEAD)].flatMap(({ index: from }) => {
						const end = loopEnd(script, from);
						return end === undefined
							? []
							: { text: script.text, from, end, place: script.place, kind: "shell" as const };
					}),
		),
		...tree.in("python", "powershell", "javascript").flatMap(inFile),
	].filter(({ text, from, end }) => end - from <= LONGEST && WAITS.test(text.slice(from, end))),
);

function inFile(file: SourceFile): Loop[] {
	const { text, path, language } = file;
	if (!file.has(WAITS) || isAside(path) || standingOf(path) !== "live" || text.length > 200_000) return [];
	const kind = language as keyof typeof HEADS;
	const place = (at: number): FilePlace => file.placeAt(at);
	return [...text.matchAll(HEADS[kind])].flatMap(({ 0: head, index }) => {
		const from = index + head.search(/\S/);
		const end = kind === "python" ? afterBlock(text, index, head) : afterBraces(text, from);
		return end === undefined ? [] : { text, from, end, place, kind };
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

export const isComment = (loop: string, at: number): boolean =>
	/(?:^|\s)(?:#|\/\/)/.test(loop.slice(loop.lastIndexOf("\n", at) + 1, at));
