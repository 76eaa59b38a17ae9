import { closedAt, codeOf } from "../powershell/code.ts";
import { parametersOf } from "../powershell/calls.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS267",
	scope: "static",
	severity: "error",
	question: "Does every condition and call of a PowerShell script mean what it looks like?",
	why: "`>` writes a file and `=` assigns, also in an `if`; `f(1, 2)` gives f one list: the branch is always taken, or the second parameter stays empty.",
	example: "`if ($used > 90)`: write -gt. `Wait-Port('db', 5432)`: write `Wait-Port 'db' 5432`.",
	run(tree) {
		const files = tree.in("powershell").filter(({ path }) => !isAside(path) && !isTest(path) && !/\.psd1$/i.test(path));
		return {
			looked: `${files.length} PowerShell scripts`,
			findings: files.flatMap((file) => [...conditions(file), ...calls(tree, file), ...captured(file)]),
		};
	},
} satisfies StaticCheck;

const HEADS = /\b(?:if|elseif|while|until)[ \t]*\(/gi;
const OPERATORS: readonly (readonly [RegExp, string, string])[] = [
	[
		/(?<=[\w)\]"'][ \t]+)(>=?|<=?)(?=[ \t]+[\w$("'])/,
		"writes or reads a file and compares nothing",
		"-gt, -ge, -lt or -le",
	],
	[
		/(?<=^[ \t]*\$[\w:.]+[ \t]*)(=)(?=[ \t]*(?:\d+|["']|\$(?:true|false|null)\b)[^(]*$)/i,
		"assigns, and is true whenever the value is",
		"-eq",
	],
];

function conditions(file: SourceFile): Found[] {
	const code = codeOf(file);
	return [...code.matchAll(HEADS)].flatMap(({ 0: all, index }): Found[] => {
		const open = index + all.length - 1;
		const end = closedAt(code, open);
		if (end === undefined || end - open > 300) return [];
		const inside = code.slice(open + 1, end - 1);
		// What stands in a block or in brackets of its own is another command.
		const flat = inside.replaceAll(/\{[^}]*\}|\(\s*(?:&|[A-Z]\w+-)[^)]*\)/g, (one) => " ".repeat(one.length));
		for (const [pattern, what, say] of OPERATORS) {
			const found = pattern.exec(flat);
			if (
				found === null ||
				/[|&]/.test(flat.slice(0, found.index)) ||
				(found[1]!.startsWith(">") && /\b(?:git|docker|\w+\.exe)\b/.test(flat.slice(0, found.index)))
			)
				continue;
			const at = open + 1 + found.index;
			return [
				{
					message: `${file.path}: \`${found[1]!}\` in the condition \`${file.text
						.slice(open + 1, end - 1)
						.trim()
						.slice(0, 50)}\` ${what}`,
					evidence: [file.placeAt(at)],
					fix: { say: `write ${say} for ${found[1]!}` },
				},
			];
		}
		return [];
	});
}

/** What Write-Host writes is for the screen, and no value. */
const captured = (file: SourceFile): Found[] =>
	[...codeOf(file).matchAll(/(\$\w+)[ \t]*=[ \t]*Write-Host\b/gi)].map(({ 1: name, index }) => ({
		message: `${file.path} assigns what Write-Host gives to ${name!}: nothing`,
		evidence: [file.placeAt(index)] as const,
		fix: { say: "write Write-Output, or the text itself" },
	}));

const CALL = /(?<![\w.:$-])([A-Za-z]+-\w+)\(/g;

/** A function of the tree with two parameters or more, called with a list in brackets. */
function calls(tree: Tree, file: SourceFile): Found[] {
	const code = codeOf(file);
	return [...code.matchAll(CALL)].flatMap(({ 0: all, 1: name, index }): Found[] => {
		const callee = parametersOf(tree).get(name!.toLowerCase());
		const open = index + all.length - 1;
		const end = closedAt(code, open);
		if (
			callee === undefined ||
			end === undefined ||
			callee.written.length < 2 ||
			/\b(?:function|filter)\s+(?:\w+:)?$/i.test(code.slice(Math.max(0, index - 20), index))
		)
			return [];
		const inside = code.slice(open + 1, end - 1).replaceAll(/\([^()]*\)|@\{[^}]*\}/g, "");
		if (!inside.includes(",")) return [];
		return [
			{
				message: `${file.path} calls ${name!}(…, …), which gives ${name!} one list for its first parameter, and nothing for -${callee.written[1]!}`,
				evidence: [file.placeAt(index), callee.file.placeAt(callee.at)],
				fix: {
					say: `write the arguments without brackets and commas: ${name!} ${callee.written
						.slice(0, 2)
						.map((one) => `-${one} …`)
						.join(" ")}`,
				},
			},
		];
	});
}
