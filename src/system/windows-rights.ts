import { z } from "zod";
import { powershellJson, powershellString } from "./powershell.ts";
import { othersOf, type Other } from "./sddl.ts";
import type { Shell } from "./shell.ts";

/** A file that others may read or change. */
interface OpenFile {
	path: string;
	others: Other[];
}

interface FileRights {
	/** SID of this user. */
	user: string;
	/** Of the files that were asked for, those that others may read or change. */
	open: OpenFile[];
}

const answer = z.object({
	user: z.string().regex(/^S-1-[\d-]+$/),
	files: z.array(z.object({ path: z.string(), sddl: z.string() })),
});

/**
 * Who else may read or change these files of Windows: by Get-Acl, whose SDDL is in no language (Get-Acl,
 * learn.microsoft.com/powershell/module/microsoft.powershell.security/get-acl). No Windows has run it yet.
 * @throws UserError windows_query_failed; Error when the answer has another form
 */
export async function windowsRights(shell: Shell, paths: readonly string[]): Promise<FileRights> {
	const script = [
		"$ErrorActionPreference = 'Stop'",
		`$f = @(${paths.map(powershellString).join(", ")})`,
		"@{ user = [Security.Principal.WindowsIdentity]::GetCurrent().User.Value",
		"files = @($f | ForEach-Object { @{ path = $_; sddl = (Get-Acl -LiteralPath $_).Sddl } }) }",
	].join("; ");
	const { user, files } = answer.parse(await powershellJson(shell, `${script} | ConvertTo-Json -Compress -Depth 4`));
	const seen = files.map(({ path, sddl }) => ({ path, others: othersOf(sddl, user) }));
	return { user, open: seen.filter(({ others }) => others.length > 0) };
}

/** What was seen of open files, and what to type so that they are this user's alone; undefined: they are. */
export function rightsTrouble({ user, open }: FileRights): { observed: string; fix: string } | undefined {
	if (open.length === 0) return undefined;
	const seen = open.map(({ path, others }) => `${path} (${others.map(otherText).join(", ")})`);
	return {
		observed: `other users can read or change ${seen.join(", ")}`,
		fix: open.map((file) => rightsFix(file, user)).join(" and "),
	};
}

/** `Users (S-1-5-32-545)`, `owner S-1-5-21-…-1002`. */
const otherText = ({ sid, name, by }: Other): string =>
	`${by === "owner" ? "owner " : ""}${name === undefined ? sid : `${name} (${sid})`}`;

/** The same in cmd.exe and PowerShell (learn.microsoft.com/windows-server/administration/windows-commands/icacls). */
function rightsFix({ path, others }: OpenFile, user: string): string {
	const take = others.some(({ by }) => by === "owner") ? [`icacls "${path}" /setowner "*${user}"`] : [];
	const given = others.filter(({ by }) => by === "right").map(({ sid }) => ` "*${sid}"`);
	const remove = given.length === 0 ? "" : ` /remove:g${given.join("")}`;
	return [...take, `icacls "${path}" /inheritance:r${remove} /grant:r "*${user}:F"`].join(" and ");
}
