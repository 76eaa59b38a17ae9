import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const SILENT = /^\$(?:global:|script:)?ErrorActionPreference[ \t]*=[ \t]*["']?(SilentlyContinue|Ignore|0)\b["']?/gim;
const BACK = /^\s*\$(?:global:|script:)?ErrorActionPreference\s*=\s*(?:["']?(?:Stop|Continue|Inquire)\b|\$)/im;

export default {
	code: "TS254",
	scope: "static",
	severity: "warning",
	question: "Does a PowerShell script stop, or at least say so, when something in it fails?",
	why: "With SilentlyContinue for the whole script a copy that failed looks like one that worked, and the steps behind it go on.",
	example:
		"`$ErrorActionPreference = 'SilentlyContinue'` at the top of deploy.ps1: write 'Stop', and name the exceptions with -ErrorAction.",
	run(tree) {
		const files = tree.in("powershell").filter(({ path }) => standingOf(path) === "live" && !isAside(path));
		return { looked: `${files.length} PowerShell scripts`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

const inFile = (file: SourceFile): Found[] =>
	file.matches(SILENT).flatMap(({ 0: all, 1: value, index }) => {
		// For a few lines, and then as before.
		if (BACK.test(file.text.slice(index + all.length)) || isComment(file, index)) return [];
		const line = file.lineAt(index);
		return [
			{
				message: `${file.path} goes on in silence after every error: $ErrorActionPreference is ${value!}`,
				evidence: [file.place(line)] as const,
				fix: {
					say: "write 'Stop', and give -ErrorAction SilentlyContinue to the commands that may fail",
				},
			},
		];
	});
