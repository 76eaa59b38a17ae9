import type { FilePlace } from "../place.ts";
import { loopEnd, shellTexts } from "../shell/everywhere.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** A loop that waits and compares what it never changes. */
export interface StuckLoop {
	/** What stands between `while` and the body, without brackets. */
	condition: string;
	/** The names that it compares. */
	names: readonly string[];
	place: FilePlace;
}

/** Loops of shell code wherever it stands, of Python, JavaScript and PowerShell. */
export const stuckLoops = (tree: Tree): StuckLoop[] => [...inShell(tree), ...inCode(tree)];

const SHELL = /(?<![\w-])(?:while|until)\s+(?:\(\(([^\n;]*?)\)\)|\[{1,2}\s([^\n;]*?)\s\]{1,2})\s*(?:;|\n)\s*do\b/g;
const ARITHMETIC = /^\s*\$?[A-Za-z_]\w*\s*[<>]=?\s*\$?\w+\s*$/;
const TEST = /^["']?\$\{?\w+\}?["']?\s+-(?:lt|le|gt|ge)\s+["']?(?:\$\{?)?\w+\}?["']?$/;
/** The shell changes them itself. */
const LIVE = /^(?:SECONDS|RANDOM|EPOCH\w+|LINENO|BASHPID)$/;

const inShell = (tree: Tree): StuckLoop[] =>
	shellTexts(tree).flatMap((script) => {
		if (!/\bsleep\b/.test(script.text) || !/\b(?:while|until)\b/.test(script.text)) return [];
		return [...script.text.matchAll(SHELL)].flatMap(({ index, 0: head, 1: arithmetic, 2: test }): StuckLoop[] => {
			const condition = (arithmetic ?? test)!;
			const end = (arithmetic === undefined ? TEST : ARITHMETIC).test(condition) ? loopEnd(script, index) : undefined;
			if (end === undefined) return [];
			const body = script.text.slice(index + head.length, end);
			const names = [...condition.matchAll(/(?<![\w-])[A-Za-z_]\w*/g)].map(([name]) => name);
			const moves = (text: string, steps: boolean): boolean =>
				names.some((name) => changedInShell(name, steps).test(text));
			const around = script.text.slice(0, index) + script.text.slice(end);
			const calls = [...around.matchAll(/^\s*(?:function\s+)?([\w-]+)\s*\(\)/gm)].some(([, name]) =>
				new RegExp(`(?<![\\w-])${name!}(?![\\w-])`).test(body),
			);
			if (names.some((name) => LIVE.test(name)) || !/\bsleep\b/.test(body) || moves(body, false)) return [];
			// A function that the body calls may count, and so may what a signal starts.
			const told = /\btrap\b/.test(around) && names.some((name) => around.split(`${name}=`).length > 2);
			return names.length === 0 || told || (calls && moves(around, true))
				? []
				: [{ condition: condition.trim(), names, place: script.place(index) }];
		});
	});

function changedInShell(name: string, steps: boolean): RegExp {
	const counts = `(?<![\\w$])${name}\\s*(?:[-+*/%]=|\\+\\+|--)|(?:\\+\\+|--)${name}\\b|(?<![\\w$])${name}=["']?\\$\\(|\\blet\\s[^\\n;]*\\b${name}\\b`;
	const sets = `(?<![\\w$])${name}\\s*=(?!=)|\\b(?:read|readarray|mapfile|getopts|unset|printf\\s+-v|declare)\\b[^\\n;]*\\b${name}\\b|\\b(?:eval|source)\\s`;
	return new RegExp(steps ? counts : `${counts}|${sets}`);
}

const HEADS: Readonly<Record<string, RegExp>> = {
	python: /^([ \t]*)while\s+([A-Za-z_]\w*\s*[<>]=?\s*\w+)\s*:[^\n]*\n/gm,
	javascript: /^([ \t]*)while\s*\(\s*([A-Za-z_]\w*\s*[<>]=?\s*\w+)\s*\)\s*\{/gm,
	powershell: /^([ \t]*)while\s*\(\s*(\$\w+\s+-(?:lt|le|gt|ge)\s+\$?\w+)\s*\)\s*\{/gim,
};
const SLEEPS = /\bsleep\s*\(|\bStart-Sleep\b|\bsetTimeout\b|\bdelay\s*\(|\bwait\w*\s*\(/i;

const inCode = (tree: Tree): StuckLoop[] =>
	tree.in("python", "javascript", "powershell").flatMap((file) => {
		if (!/\bwhile\b/i.test(file.text) || !SLEEPS.test(file.text) || standingOf(file.path) === "vendored") return [];
		return [...file.text.matchAll(HEADS[file.language]!)].flatMap(
			({ index, 0: head, 1: indent, 2: condition }): StuckLoop[] => {
				const from = index + head.length;
				const body = file.language === "python" ? below(file.text, from, indent!) : braced(file.text, from);
				const names = condition!.match(/(?<![\w-])\$?[A-Za-z_]\w*/g)!.filter((name) => !/^-/.test(name));
				if (!SLEEPS.test(body) || kindAt(file, index + indent!.length) !== "code") return [];
				const others = file.text.slice(0, index) + file.text.slice(from + body.length);
				return names.some((name) => isChanged(file, name, body, others))
					? []
					: [{ condition: condition!, names, place: file.placeAt(index) }];
			},
		);
	});

/** In the body in any way; elsewhere by what only a function that the body calls could do. */
function isChanged({ language }: SourceFile, name: string, body: string, others: string): boolean {
	const plain = RegExp.escape(name);
	const flags = language === "powershell" ? "i" : "";
	const sets = `(?<![\\w.$])${plain}\\s*(?:(?:[-+*/%]|\\*\\*|<<|>>)?=(?![=>])|:=|\\+\\+|--|,[^=\\n]*=(?!=))|(?:\\+\\+|--)${plain}(?!\\w)|\\b(?:for|as)\\s+[^\\n]*${plain}(?!\\w)|\\[[^\\]\\n]*${plain}[^\\]\\n]*\\]\\s*=(?!=)`;
	const shares = `\\b(?:nonlocal|global)\\s[^\\n]*\\b${plain}\\b|(?:script|global):${plain.replace(/^\\?\$/, "")}|(?<![\\w.$])${plain}\\s*(?:[-+]=|\\+\\+|--)|(?:\\+\\+|--)${plain}(?!\\w)`;
	// A callback of JavaScript may set what stands around it.
	const later = language === "javascript" ? `|(?<!\\b(?:let|var|const)\\s+)(?<![\\w.$])${plain}\\s*=(?![=>])` : "";
	return new RegExp(sets, flags).test(body) || new RegExp(shares + later, flags).test(others);
}

/** The lines that are set in further. */
const below = (text: string, from: number, indent: string): string =>
	new RegExp(`^(?:${indent}[ \\t]+[^\\n]*\\n?|[ \\t]*\\n)*`).exec(text.slice(from))![0];

/** Up to the bracket that closes; quotes are not looked at, and where they hold a lone one the body is longer. */
function braced(text: string, from: number): string {
	let open = 1;
	for (let at = from; at < text.length; at += 1) {
		if (text[at] === "{") open += 1;
		if (text[at] === "}" && (open -= 1) === 0) return text.slice(from, at);
	}
	return text.slice(from);
}
