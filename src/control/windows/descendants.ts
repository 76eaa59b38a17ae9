import { z } from "zod";
import type { ProcessIdentity } from "../../services/identity.ts";
import type { Shell } from "../../system/shell.ts";
import { powershellJson } from "../../system/powershell.ts";

const row = z.object({
	ProcessId: z.int(),
	ParentProcessId: z.int(),
	Started: z.string().nullish(),
	Name: z.string().nullish(),
});
type Row = z.infer<typeof row>;

const SCRIPT = [
	"@(Get-CimInstance Win32_Process | Select-Object ProcessId, ParentProcessId, Name,",
	"@{ n = 'Started'; e = { if ($_.CreationDate) { $_.CreationDate.ToUniversalTime().ToString('o') } } })",
	"| ConvertTo-Json -Compress",
].join(" ");

/**
 * What a process of Windows has started, and what that has started, the youngest generation first: a `.cmd` shim is one
 * process and its program another, and Windows ends only the one that is named.
 */
export async function descendantsOf(shell: Shell, pid: number): Promise<ProcessIdentity[]> {
	return descendants(z.array(row).parse(await powershellJson(shell, SCRIPT)), pid);
}

/** Windows gives a pid again: who is older than its parent has another one's child number. */
export function descendants(rows: readonly Row[], pid: number): ProcessIdentity[] {
	const parent = rows.find(({ ProcessId }) => ProcessId === pid);
	if (!parent?.Started) return [];
	const children = rows.filter(
		({ ProcessId, ParentProcessId, Started }) =>
			ParentProcessId === pid && ProcessId !== pid && Started && Started >= parent.Started!,
	);
	return children.flatMap(({ ProcessId, Started, Name }) => [
		...descendants(rows, ProcessId),
		{ pid: ProcessId, startedAt: Started!, program: Name ?? "a program" },
	]);
}
