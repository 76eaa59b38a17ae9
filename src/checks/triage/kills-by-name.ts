import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

/** Programs of which others on the same machine have their own. */
const SHARED =
	"(?:ssh|python\\d?(?:\\.\\d+)?|pythonw|node|java|powershell|pwsh|cmd|bash|sh|docker|git|ruby|php|dotnet)(?:\\.exe)?";
const PATTERNS: readonly RegExp[] = [
	new RegExp(`\\bStop-Process\\b[^\\n|;]*-(?:Name|ProcessName)[ \\t]+["']?(${SHARED})["']?(?=[\\s,;)|}]|$)`, "gim"),
	new RegExp(
		`\\b(?:Get-Process|gps|ps)[ \\t]+(?:-(?:Name|ProcessName)[ \\t]+)?["']?(${SHARED})["']?(?:[ \\t]+-ErrorAction[ \\t]+\\w+)?[ \\t]*\\|[ \\t]*(?:Stop-Process|kill)\\b`,
		"gim",
	),
	new RegExp(`\\btaskkill\\b[^\\n|;]*/im[ \\t]+["']?(${SHARED})["']?(?=[\\s;)&|]|$)`, "gim"),
	new RegExp(
		`(?:^|[\\s;&|])(?:killall|pkill)[ \\t]+(?:-(?:9|KILL|TERM|INT|x|q|SIG\\w+)[ \\t]+)*["']?(${SHARED})["']?(?=[\\s;)&|]|$)`,
		"gm",
	),
];

export default {
	code: "TS255",
	scope: "static",
	severity: "warning",
	question: "Does a script end only the processes that it or its own system started?",
	why: "Ending every ssh, python or node by name also ends those of other people and programs: a session, a tunnel, a running job.",
	example: "`Stop-Process -Name ssh -Force` to restart one tunnel: keep the id of that tunnel and end it.",
	run(tree) {
		const files = tree
			.in("powershell", "batch", "shell")
			.filter(({ path }) => standingOf(path) === "live" && !isAside(path));
		return { looked: `${files.length} scripts`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	if (!file.has(/Stop-Process|taskkill|killall|pkill|kill\b/i)) return [];
	return PATTERNS.flatMap((pattern) => file.matches(pattern)).flatMap(({ 0: all, 1: name, index }) => {
		const at = index + all.search(/\S/);
		const line = file.lineAt(at);
		if (isComment(file, at) || /^\s*(?:rem\b|::|echo\b|Write-\w+)|\/fi\b|-u\s/i.test(file.lines[line - 1]!)) return [];
		return [
			{
				message: `${file.path} ends every process that is called ${name!}, also those of others`,
				evidence: [file.place(line)] as const,
				fix: { say: "keep the id of the process that was started, and end that one" },
			},
		];
	});
}
