import { closedAt, codeOf, NATIVE } from "../powershell/code.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS131",
	scope: "static",
	severity: "warning",
	question: "Does a PowerShell script notice when a program that it runs has failed?",
	why: "An exit code is no error to PowerShell: neither `try` nor $ErrorActionPreference sees that git or pip failed, and the script restarts the services on half an update.",
	example:
		"`try { git pull; pip install -r requirements.txt } catch { exit 1 }`: look at $LASTEXITCODE after each program.",
	run(tree) {
		const files = tree.in("powershell").filter(({ path }) => !isAside(path) && !isTest(path) && !/\.psd1$/i.test(path));
		return { looked: `${files.length} PowerShell scripts`, findings: files.flatMap(inFile) };
	},
} satisfies StaticCheck;

const LOOKS = /\$(?:global:)?LASTEXITCODE|\$\?|PSNativeCommandUseErrorActionPreference|-PassThru|\.ExitCode/i;
/** What only asks, or may fail. */
const HARMLESS =
	/^(?:git[ \t]+(?:status|log|diff|rev-parse|describe|branch|config|remote|ls-files|show|rev-list|symbolic-ref|tag[ \t]+-l)\b|\S+[ \t]+(?:--?version|-V|--help|-h)\b|docker[ \t]+(?:ps|images|logs|inspect|rm|stop|network|info|version|image[ \t]+(?:inspect|ls)|container[ \t]+(?:ls|rm|stop))\b|(?:ssh|schtasks[ \t]+\/(?:query|delete)|sc\.exe[ \t]+(?:query|stop|delete)|netsh[^\n]*(?:show|delete)|nssm[ \t]+(?:status|stop|remove)|robocopy)\b)/i;
const RUNS_PYTHON =
	/^[ \t]*&[ \t]*(?:\(?(?:Get-)?[\w$:-]*Python[\w.]*\)?|\$\w*(?:python|pip|npm|git|docker|exe)\w*)[ \t]+(?=\S)([^\n|;]*)/gim;

interface Run {
	at: number;
	shown: string;
}

function inFile(file: SourceFile): Found[] {
	const code = codeOf(file);
	const runs = runsIn(file, code);
	return [
		...started(file, code),
		...(runs.length === 0 ? [] : (inTry(file, code, runs) ?? underStop(file, code, runs) ?? [])),
	];
}

/** Start-Process sets no $LASTEXITCODE, and without -Wait there is no exit code yet. */
function started(file: SourceFile, code: string): Found[] {
	return [...code.matchAll(/^[ \t]*(?:\$(\w+)[ \t]*=[ \t]*)?Start-Process\b([^\n|]*)$/gim)].flatMap(
		({ 0: all, 1: name, 2: options, index }): Found[] => {
			const at = index + all.search(/\S/);
			const rest = code.slice(index + all.length, index + all.length + 400);
			const asked = /^(?:[ \t]*\r?\n)+[ \t]*(?:if[ \t]*\([^\n]*|exit[ \t]+)\$LASTEXITCODE/i.test(rest);
			const early =
				name !== undefined &&
				!/-Wait\b/i.test(options!) &&
				new RegExp(`^(?:(?!WaitForExit|Wait-Process|HasExited)[^])*?\\$${name}\\.ExitCode\\b`, "i").test(rest);
			if (!asked && !early) return [];
			const what = asked
				? "looks at $LASTEXITCODE, which Start-Process does not set"
				: `looks at $${name!}.ExitCode before the program has ended`;
			return [
				{
					message: `${file.path} ${what}: a failure is not seen`,
					evidence: [file.placeAt(at)],
					fix: {
						say: asked
							? "write $p = Start-Process … -Wait -PassThru, and look at $p.ExitCode"
							: "add -Wait to Start-Process",
					},
				},
			];
		},
	);
}

function runsIn(file: SourceFile, code: string): Run[] {
	const all = [...code.matchAll(NATIVE), ...code.matchAll(RUNS_PYTHON)].map(({ 0: text, index }) => {
		const at = index + text.search(/\S/);
		return {
			at,
			shown: file.text
				.slice(at, index + text.length)
				.trim()
				.slice(0, 50),
		};
	});
	return all
		.filter(
			({ at, shown }) =>
				!HARMLESS.test(shown.replace(/^\$\w+\s*=\s*/, "").replace(/^&\s*/, "")) &&
				!/\bStart-Process\b|\bInvoke-\w+\s*\{\s*$/i.test(code.slice(Math.max(0, at - 60), at)),
		)
		.toSorted((a, b) => a.at - b.at);
}

/** A `try` whose `catch` shall act on the failure of a program. */
function inTry(file: SourceFile, code: string, runs: readonly Run[]): Found[] | undefined {
	const blocks = [...code.matchAll(/\btry\s*\{/gi)].flatMap(({ 0: all, index }) => {
		const open = index + all.length - 1;
		const end = closedAt(code, open);
		const caught = end === undefined ? null : /^\s*catch\b[^{]*\{/i.exec(code.slice(end, end + 200));
		const last = caught === null ? undefined : closedAt(code, end! + caught[0].length - 1);
		return last === undefined || caught === null
			? []
			: [
					{
						open,
						end: end!,
						catchAt: end! + caught[0].search(/\S/),
						handler: code.slice(end! + caught[0].length, last),
					},
				];
	});
	const found = blocks.flatMap(({ open, end, catchAt, handler }): Found[] => {
		const body = code.slice(open, end);
		const inside = runs.filter(
			({ at }) =>
				at > open && at < end && !blocks.some((other) => other.open > open && other.open < at && at < other.end),
		);
		if (
			inside.length === 0 ||
			LOOKS.test(body) ||
			!/\b(?:exit|throw|return|Write-\w+|Restore|Send-\w+)\b/i.test(handler)
		)
			return [];
		// A cmdlet whose error is the one that is caught.
		if (/\b(?:Invoke-(?:WebRequest|RestMethod|Expression)|-ErrorAction\s+Stop)\b/i.test(body) && inside.length < 2)
			return [];
		return [
			{
				message: `${file.path}: \`catch\` never sees that \`${inside[0]!.shown}\` failed: an exit code is no error, and nobody looks at it`,
				evidence: [
					file.placeAt(inside[0]!.at),
					...inside.slice(1, 4).map(({ at }) => file.placeAt(at)),
					file.placeAt(catchAt),
				],
				fix: { say: 'write after each: if ($LASTEXITCODE -ne 0) { throw "…" }' },
			},
		];
	});
	return found.length === 0 ? undefined : found;
}

/** It wants to stop at errors, and something that changes more comes after a program that may fail. */
function underStop(file: SourceFile, code: string, runs: readonly Run[]): Found[] | undefined {
	const stops = /\$ErrorActionPreference[ \t]*=[ \t]*["']/i.exec(code);
	if (
		stops === null ||
		!/^["']Stop/i.test(file.text.slice(stops.index + stops[0].length - 1, stops.index + stops[0].length + 6)) ||
		LOOKS.test(code)
	)
		return undefined;
	const [first] = runs;
	const rest = first === undefined ? "" : code.slice(first.at + first.shown.length);
	const goesOn =
		runs.length > 1 ||
		/^\s*(?:&|\.[\\/]|(?:Copy|Move|Remove|Restart|Start|Stop|Set|New|Register|Publish|Compress|Expand|Rename)-\w+)/m.test(
			rest.replace(/^[^\n]*\n?/, ""),
		);
	if (first === undefined || !goesOn) return undefined;
	return [
		{
			message: `${file.path} shall stop at errors, and goes on when \`${first.shown}\` fails: nobody looks at its exit code`,
			evidence: [file.placeAt(first.at), file.placeAt(stops.index)],
			fix: { say: 'write after each program: if ($LASTEXITCODE -ne 0) { throw "…" }' },
		},
	];
}
