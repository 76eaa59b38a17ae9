import { UserError } from "../errors/errors.ts";
import type { LogLine } from "../instances/log-line.ts";
import { keptLogs, readKeptLog } from "../state/kept-logs.ts";
import { readReleases } from "../state/releases.ts";

/** The log that was kept of a release that failed. @throws UserError log_not_kept */
export async function logOfRelease(state: string, instance: string, id: string): Promise<LogLine[]> {
	const lines = await readKeptLog(state, instance, id);
	if (lines) return lines;
	const known = (await keptLogs(state, instance)).toReversed();
	throw new UserError("log_not_kept", `no log of release ${id} of ${instance} is kept; logs of failed releases are`, {
		hint: known.length > 0 ? `one of ${known.slice(0, 3).join(", ")}` : `cres logs ${instance} shows what runs`,
	});
}

/** What to type for the log of the newest release, when that one failed and its log is kept. */
export async function failedReleaseNote(state: string, instance: string): Promise<string | undefined> {
	const last = (await readReleases(state, instance)).at(-1);
	if (last?.outcome !== "rolled-back" || !(await keptLogs(state, instance)).includes(last.id)) return undefined;
	return `the last release, ${last.buildId}, failed; its log: cres logs ${instance} --release ${last.id}`;
}
