import { folderOf } from "../claims/paths.ts";
import { posix } from "node:path";
import type { SourceFile } from "../tree/source-file.ts";
import { belowFolder } from "./scheduled.ts";
import type { Target } from "./words.ts";

const MODULE = /(?:^|[\s'",(])-m['"]?\s*,?\s*['"]?([A-Za-z_][\w.]*)/;
const APPLICATION =
	/\b(?:uvicorn|hypercorn|gunicorn)\b['"]?\s*,?\s*(?:['"]?-[\w-]+(?![\w-])['"]?(?:\s*,)?\s*)*['"]?([A-Za-z_][\w.]*):([A-Za-z_]\w*)/;
/** `C:\\gateway\\ops\\cleanup.ps1`: below a copy of the tree, if the tree has the folder. */
const ON_DRIVE =
	/(?<![\w])[A-Za-z]:[\\/]+[\w .-]+[\\/]+((?:[\w.-]+[\\/])+[\w.-]+\.(?:ps1|psm1|py|cmd|bat))(?=$|[\s"'),;])/gi;
/** What starts a file, and the file: with a variable or `.` in front, or bare. */
const FILE =
	/(?:^|[\s"'(,=])((?:\$\{?\w+\}?|\$\([^)]*\)|%~dp0|%\w+%|\.{1,2})?[\\/]?(?:[\w.-]+[\\/])*[\w.-]+\.(?:ps1|psm1|py|sh|cmd|bat))(?=$|[\s"'),;`])/gi;
const STARTS =
	/(?:^|[\s"'(,])(?:&|\.|-File|-FilePath|Start-Process|powershell(?:\.exe)?|pwsh|python\d?(?:\.exe)?|py|call|start|bash)(?=[\s"'(,]|$)|\$\w*python\w*\b|New-ScheduledTaskAction|Import-Module|-ArgumentList|^\s*\.[\\/]/i;
const ONLY_NAMES =
	/\b(?:Test-Path|Set-Content|Add-Content|Out-File|Write-\w+|echo|Remove-Item|del|New-Item|Copy-Item|Move-Item|throw|Get-Content|rem|if\s+(?:not\s+)?exist)\b/i;

/** What a PowerShell or batch script starts, as far as it is written out. Paths come with slashes. */
export function powershellTargets(file: SourceFile): { target: Target; line: number }[] {
	if (!file.has(/-m\b|uvicorn|gunicorn|hypercorn|\.(?:ps1|psm1|py|sh|cmd|bat)\b/i)) return [];
	let block = false;
	const roots = rootsOf(file);
	return file.lines.flatMap((line, index) => {
		if (/<#/.test(line)) block = true;
		const comment = block || /^\s*(?:#|::|rem\b)/i.test(line);
		if (/#>/.test(line)) block = false;
		if (comment) return [];
		const text = rooted(line, roots);
		return [...inLine(text, file), ...held(text, file)].map((target) => ({ target, line: index + 1 }));
	});
}

const HELD =
	/^[ \t]*\$(\w+)[ \t]*=[ \t]*\(?["']?\$PSScriptRoot[\\/]([\w.\\/-]+\.(?:ps1|py|sh|cmd|bat))["']?\)?[ \t]*\r?$/i;

/** `$script = "$PSScriptRoot\x.ps1"`, where the file starts what the variable holds and never asks whether it is there. */
function held(line: string, file: SourceFile): Target[] {
	const [, name, path] = HELD.exec(line) ?? [];
	if (name === undefined) return [];
	const used = `\\$\\{?${name}\\}?(?!\\w)`;
	const starts = new RegExp(
		`(?:-File|-FilePath|Start-Process|&|\\b(?:pwsh|powershell|python\\d?|py|bash)(?:\\.exe)?)[ \\t\`"']+${used}|-Argument(?:List)?\\b[^\\n]*${used}`,
		"i",
	);
	const asks = new RegExp(
		`(?:Test-Path|Set-Content|Out-File|Copy-Item|-OutFile|New-Item)\\b[^\\n]*${used}|${used}[ \\t]*=(?!=)[^\\n]*\\n[^]*${used}[ \\t]*=(?!=)`,
		"i",
	);
	return file.has(starts) && !file.has(asks)
		? [{ kind: "script", name: posix.join(folderOf(file), path!.replaceAll("\\", "/")), folder: "" }]
		: [];
}

const ROOT =
	/^[ \t]*\$(\w+)[ \t]*=[ \t]*(?:Split-Path[ \t]+(?:-Parent[ \t]+)?(?:-Path[ \t]+)?\$PSScriptRoot(?:[ \t]+-Parent)?|\(?(?:Resolve-Path[ \t]+)?\(?Join-Path[ \t]+\$PSScriptRoot[ \t]+["']\.\.["']\)?\)?(?:\.Path)?|"\$PSScriptRoot[\\/]\.\.")[ \t]*\r?$/gim;

/** Variables that hold the folder above the script's own, and nothing else. */
const rootsOf = ({ text }: SourceFile): string[] =>
	[...text.matchAll(ROOT)].flatMap(([, name]) =>
		[...text.matchAll(new RegExp(`\\$${name!}[ \\t]*=`, "gi"))].length === 1 ? [name!] : [],
	);

/** `$root\scripts\x.ps1` from the folder of the script itself. */
const rooted = (line: string, roots: readonly string[]): string =>
	roots.reduce(
		(text, name) => text.replaceAll(new RegExp(`\\$\\{?${name}\\}?(?=[\\\\/])`, "gi"), "$PSScriptRoot\\.."),
		joined(line),
	);

const JOINED =
	/\(?\bJoin-Path[ \t]+(?:-Path[ \t]+)?(\$\w+)[ \t]+(?:-ChildPath[ \t]+)?["']([\w./\\-]+\.(?:ps1|psm1|py|sh|cmd|bat))["']\)?/gi;

/** `(Join-Path $PSScriptRoot 'x.ps1')` as `"$PSScriptRoot\x.ps1"`. */
const joined = (line: string): string =>
	line.replaceAll(JOINED, (_, folder: string, name: string) => `"${folder}\\${name}"`);

function inLine(line: string, file: SourceFile): Target[] {
	const application = APPLICATION.exec(line);
	if (application !== null) return [{ kind: "application", name: application[1]!, attribute: application[2]! }];
	const module = MODULE.exec(line)?.[1];
	if (module !== undefined && /python|\bpy\b|Argument/i.test(line)) return [{ kind: "module", name: module }];
	if (!STARTS.test(line) || ONLY_NAMES.test(line)) return [];
	const folder = /-WorkingDirectory\s+["']?([A-Za-z]:\\[\w .\\-]+?)["']?(?=\s*(?:$|[-`)|;]))/i.exec(line)?.[1];
	const onDrive = [...line.matchAll(ON_DRIVE)].map(({ 0: whole, 1: path }): Target => {
		const below = folder === undefined ? undefined : belowFolder(whole, folder);
		return below === undefined
			? { kind: "script", name: path!.replaceAll("\\", "/"), loose: true }
			: { kind: "script", name: below, placed: true };
	});
	if (onDrive.length > 0) return onDrive;
	return [...line.matchAll(FILE)].flatMap(([, written]): Target[] => {
		const path = written!.replaceAll("\\", "/");
		const own = /^(?:\$PSScriptRoot|%~dp0)\/?/i;
		const bare = path.replace(/^(?:\$\{?\w+\}?|\$\([^)]*\)|%\w+%)\//, "");
		if (own.test(path))
			return [{ kind: "script", name: posix.join(folderOf(file), path.replace(own, "")), folder: "" }];
		if (/[$%]/.test(bare) || !bare.includes("/")) return [];
		// What a variable holds is not known, unless its name says so.
		const variable = /^(?:\$\{?(\w+)|%(\w+)%|\$\()/.exec(path);
		const known =
			variable === null ||
			/root|repo|base|project|here|script|home|dir|folder|path/i.test(variable[1] ?? variable[2] ?? "");
		return [{ kind: "script", name: bare, ...(known ? {} : { loose: true }) }];
	});
}
