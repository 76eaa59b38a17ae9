import { ownOf } from "../../system/own-of.ts";
import { codeOf } from "../powershell/code.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** about_Automatic_Variables: those that refuse to be set. */
const READ_ONLY =
	"pid|host|home|pshome|error|true|false|shellid|executioncontext|psversiontable|psedition|psculture|psuiculture";
const SET = new RegExp(
	`(?<![\\w:.$\`])\\$(?:global:|script:|local:|private:)?(${READ_ONLY})[ \\t]*(?:[-+*/]?=(?!=)|\\+\\+|--)`,
	"gi",
);
const LOOP = new RegExp(`\\bforeach[ \\t]*\\([ \\t]*\\$(${READ_ONLY})[ \\t]+in\\b`, "gi");
const PARAMETER = new RegExp(`(?:^|[,(\\]])[ \\t]*\\$(${READ_ONLY}|input)[ \\t]*(?=[,)=\\r\\n]|$)`, "gim");
const LISTS = /\bparam\s*\(|\bfunction\s+[\w:-]+\s*\(/gi;

export default {
	code: "TS130",
	scope: "static",
	severity: "error",
	question: "Has every variable and parameter of a PowerShell script a name that is not PowerShell's own?",
	why: "PowerShell refuses to overwrite its own $PID, $Host, $Home or $Error: the script stops there, or goes on with PowerShell's value.",
	example: "`$pid = Get-Content worker.pid` and `Stop-Process -Id $pid`: write $workerId.",
	run(tree) {
		const files = tree.in("powershell").filter(({ path }) => !isAside(path));
		return { looked: `${files.length} PowerShell scripts`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	const text = codeOf(file);
	const hits = [
		...[...text.matchAll(SET)].map(({ 1: name, index }) => ({ name: name!, at: index, how: "assigns to" })),
		...[...text.matchAll(LOOP)].map(({ 0: all, 1: name, index }) => ({
			name: name!,
			at: index + all.indexOf("$"),
			how: "lets a loop set",
		})),
		...parameters(text),
	];
	const groups = Map.groupBy(hits, ({ name, how }) => `${how} ${name.toLowerCase()}`);
	return [...groups.values()].map(([first, ...more]): Found => {
		const { name, at, how } = first!;
		const empty = /^input$/i.test(name);
		return {
			message: `${file.path} ${how} $${name}, ${empty ? "which is what the pipeline gives, and stays empty" : "a variable of PowerShell that cannot be set"}`,
			evidence: [file.placeAt(at), ...more.slice(0, 5).map((one) => file.placeAt(one.at))],
			fix: { say: `give it another name, such as $${ownOf(SUGGESTED, name.toLowerCase()) ?? `own${name}`}` },
		};
	});
}

const SUGGESTED: Readonly<Record<string, string>> = {
	pid: "processId",
	host: "hostName",
	home: "homeFolder",
	error: "failure",
	input: "inputText",
};

/** The names of a `param(…)` or of a function's own list. */
function parameters(text: string): { name: string; at: number; how: string }[] {
	return [...text.matchAll(LISTS)].flatMap(({ 0: head, index }) => {
		const from = index + head.length;
		const list = flat(text.slice(from, from + 6000));
		return [...list.matchAll(PARAMETER)].map(({ 0: all, 1: name, index: at }) => ({
			name: name!,
			at: from + at + all.indexOf("$"),
			how: "has a parameter",
		}));
	});
}

/** Up to the bracket that closes the list, with what stands in other brackets, quotes and comments blanked. */
function flat(text: string): string {
	let depth = 0;
	let made = "";
	for (const { 0: part } of text.matchAll(/<#[^]*?#>|#[^\n]*|"(?:[^"`]|`.)*"|'[^']*'|[^]/g)) {
		if (part === "(" || part === "{") depth += 1;
		else if (part === ")" || part === "}") {
			depth -= 1;
			if (depth < 0) return `${made})`;
		}
		made += part.length > 1 || depth > 0 || /[(){}]/.test(part) ? part.replaceAll(/[^\n]/g, " ") : part;
	}
	return made;
}
