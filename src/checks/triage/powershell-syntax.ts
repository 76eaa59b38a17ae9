import { powershellFault } from "../powershell/lexer.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** PowerShell takes these for quotes, too, and so may mean anything. */
const CURLY = /[\u2018-\u201E]/;

export default {
	code: "TS113",
	scope: "static",
	severity: "error",
	question: "Can PowerShell read every script?",
	why: "PowerShell reads a script as a whole before it runs a line: with one bracket or quote too few nothing of it runs.",
	example: "`if ($ok) {` without its `}`; the scheduled task ends at once, and its result says 1.",
	run(tree) {
		const files = tree.in("powershell").filter(({ path }) => !isAside(path) && !isTest(path));
		const findings = files.flatMap((file): Found[] => {
			if (file.has(CURLY)) return [];
			const fault = powershellFault(file.text);
			if (fault === undefined) return [];
			return [
				{
					message: `PowerShell cannot read ${file.path}: ${fault.message}`,
					evidence: [file.placeAt(fault.at)],
					fix: {
						say: `mend it there, then check: pwsh -NoProfile -Command "[ScriptBlock]::Create((Get-Content -Raw ${file.path})) | Out-Null"`,
					},
				},
			];
		});
		return { looked: `${files.length} PowerShell scripts`, findings };
	},
} satisfies StaticCheck;
