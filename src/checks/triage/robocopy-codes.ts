import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { readableSteps, type Step } from "../workflows/model.ts";

export default {
	code: "TS132",
	scope: "static",
	severity: "error",
	question: "Is an exit code of robocopy read as what it means?",
	why: "robocopy ends with 1 when it has copied files, and with 8 or more when it failed: each good copy is reported as a failure.",
	example: "`robocopy $from $to /MIR` and `if ($LASTEXITCODE -ne 0) { exit 1 }`: write -ge 8.",
	run(tree) {
		const files = tree.in("powershell", "batch").filter((file) => file.has(/\brobocopy\b/i) && !isAside(file.path));
		const steps = readableSteps(tree).filter(({ run }) => /\brobocopy\b/i.test(run?.text ?? ""));
		return {
			looked: `${files.length + steps.length} scripts with robocopy`,
			findings: [...files.flatMap(inFile), ...steps.flatMap(inStep)],
		};
	},
} satisfies StaticCheck;

const CALL =
	/^[^\S\n]*(?:@|call[ \t]+|&[ \t]*|\$\w+[ \t]*=[ \t]*)?["']?(?:[\w:%$\\.]*\\)?robocopy(?:\.exe)?["']?[ \t][^\n]*$/gim;
/** The first thing that looks at the code of the program before it. */
const LOOKED =
	/\$(?:global:)?LASTEXITCODE[ \t]+-(ne|gt|ge|eq|lt|le)[ \t]+(\d+)|\bif[ \t]+(?:not[ \t]+)?errorlevel[ \t]+(\d+)|%ERRORLEVEL%["']?[ \t]*(neq|gtr|geq|equ|==|lss|leq)[ \t]*["']?(\d+)|(!\$\?|-not[ \t]+\$\?|\|\|[ \t]*(?:exit|goto|throw)|exit[ \t]+\$LASTEXITCODE|exit[ \t]+\/b[ \t]+%ERRORLEVEL%)|(\$(?:global:)?LASTEXITCODE|%ERRORLEVEL%|!ERRORLEVEL!)/i;

/** What stands behind a call, up to the next program. */
const faultIn = (text: string, from: number): { at: number; shown: string } | undefined => {
	const line = text.lastIndexOf("\n", from - 1) + 1;
	const rest = text.slice(line, from + 700).replace(/^[ \t]*(?:#|rem\b|::)[^\n]*$/gim, (one) => " ".repeat(one.length));
	const found = LOOKED.exec(rest);
	if (found === null || found[7] !== undefined) return undefined;
	if (
		/^[ \t]*(?:&[ \t]*)?(?:git|npm|pip|docker|python|dotnet|xcopy|robocopy|call|start)\b/im.test(
			rest.slice(from - line, Math.max(from - line, found.index)),
		)
	)
		return undefined;
	const [, word, number, level, sign, value, other] = found;
	const compare = (word ?? sign ?? "").toLowerCase();
	const wrong =
		other !== undefined ||
		(level !== undefined && Number(level) < 8 && Number(level) > 0) ||
		(/^(?:ne|neq|gt|gtr|ge|geq)$/.test(compare) &&
			Number(number ?? value) < (/^g[et]/.test(compare) ? 7 : 1) &&
			!/-(?:and|or|in|notin)\b/i.test(rest.slice(found.index, found.index + 120).split("\n")[0]!));
	return wrong ? { at: line + found.index, shown: found[0].trim() } : undefined;
};

function inFile(file: SourceFile): Found[] {
	return file.matches(CALL).flatMap(({ 0: all, index }): Found[] => {
		const end = index + all.length;
		const fault = isComment(file, index + all.search(/\S/)) ? undefined : faultIn(file.text, end);
		return fault === undefined
			? []
			: [
					{
						message: `${file.path} takes robocopy's exit codes 1 to 7 for a failure (\`${fault.shown}\`): 1 says that files were copied`,
						evidence: [
							...new Map(
								[fault.at, index + all.search(/\S/)].map((at) => [file.lineAt(at), file.placeAt(at)]),
							).values(),
						] as [Found["evidence"][0]],
						fix: {
							say:
								file.language === "batch"
									? "write `if errorlevel 8`, and end with `exit /b 0`"
									: "write `if ($LASTEXITCODE -ge 8)`, and end with `exit 0`",
						},
					},
				];
	});
}

/** The step ends with the code of its last program. */
function inStep({ run, title }: Step): Found[] {
	const lines = run!.text!.trimEnd().split("\n");
	const last = lines.findLast((line) => !/^\s*(?:#|$)/.test(line)) ?? "";
	if (!/^\s*robocopy\b/i.test(last) || /\bexit\b|LASTEXITCODE|\|\|/i.test(last)) return [];
	return [
		{
			message: `step "${title}" ends with robocopy, whose exit code 1 says that files were copied: the step fails when it copies`,
			evidence: [run!.placeIn(run!.text!.lastIndexOf(last))],
			fix: { say: "write below it: if ($LASTEXITCODE -lt 8) { $global:LASTEXITCODE = 0 }" },
		},
	];
}
