import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

const PROGRAM =
	/^\s*@?(?:call\s+)?"?(?:[\w:%~\\.-]*\\)?(powershell|pwsh|python3?|py|node|npm|npx|docker|git|ssh|scp|robocopy|curl|cargo|dotnet|go|uv|poetry|bash)(?:\.exe|\.cmd)?"?\s+\S/i;
const LOOKS = /errorlevel|\|\||&&|\bif\s+(?:not\s+)?exist\b.*\bexit\b/i;

export default {
	code: "TS253",
	scope: "static",
	severity: "warning",
	question: "Does a batch file end with the result of the program that it starts?",
	why: "The task scheduler and other callers see success, whatever happened: nobody learns that the job has failed for weeks.",
	example: "`pwsh -File sync.ps1` and then `exit /b 0`: write `exit /b %ERRORLEVEL%`.",
	run(tree) {
		const files = tree.in("batch").filter(({ path }) => !isAside(path));
		return { looked: `${files.length} batch files`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

function inFile(file: SourceFile): Found[] {
	const lines = file.lines
		.map((text, index) => ({ text, line: index + 1 }))
		.filter(({ text }) => text.trim() !== "" && !/^\s*(?:rem\b|::)/i.test(text));
	const last = lines.at(-1);
	if (last === undefined || !/^\s*@?exit\s+(?:\/b\s+)?0\s*$/i.test(last.text)) return [];
	const started = lines.findLast(({ text }) => PROGRAM.test(text));
	const after = lines.filter(({ line }) => started !== undefined && line >= started.line && line < last.line);
	// Labels and echoes may stand between; another program that looks at the result, or a jump, may not.
	if (
		started === undefined ||
		after.some(({ text }) => LOOKS.test(text)) ||
		after.slice(1).some(({ text }) => !/^\s*@?(?:echo|popd|endlocal|pause|timeout)\b/i.test(text))
	)
		return [];
	return [
		{
			message: `${file.path} ends with 0, whatever \`${PROGRAM.exec(started.text)![1]!.toLowerCase()}\` says`,
			evidence: [file.place(last.line), file.place(started.line)],
			fix: {
				say: "write `exit /b %ERRORLEVEL%` right behind the program",
				...(after.length === 1
					? {
							edit: {
								path: file.path,
								line: last.line,
								before: last.text,
								after: last.text.replace(/exit\s+(?:\/b\s+)?0/i, "exit /b %ERRORLEVEL%"),
							},
						}
					: {}),
			},
		},
	];
}
