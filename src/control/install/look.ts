import { access } from "node:fs/promises";
import { z } from "zod";
import { messageOf } from "../../errors/errors.ts";
import { powershellJson } from "../../system/powershell.ts";
import type { InstallPorts } from "./install-ports.ts";
import { readInstall, type InstallRecord } from "./record.ts";
import { isEnabled, openSchtasks } from "./schtasks.ts";

/** What is registered to boot at the start of this machine, and why it would not. */
export interface InstallState {
	name: string;
	problems: string[];
}

/** A task whose target is gone looks healthy to the scheduler: it is looked at here. Undefined: nothing is registered. */
export async function lookAtInstall(ports: InstallPorts): Promise<InstallState | undefined> {
	const record = await readInstall(ports.config.state);
	if (!record) return undefined;
	const missing = await Promise.all([record.program, record.entry].map(missingFile));
	const registered = await (
		record.kind === "systemd" ? unitProblems(ports, record) : taskProblems(ports, record)
	).catch((error: unknown) => [messageOf(error)]);
	return { name: record.name, problems: [...missing.flat(), ...registered] };
}

const missingFile = (file: string): Promise<string[]> =>
	access(file).then(
		() => [],
		() => [`it runs ${file}, which is gone`],
	);

/** SCHED_S_TASK_RUNNING, SCHED_S_TASK_HAS_NOT_RUN (learn.microsoft.com/windows/win32/taskschd). */
const NO_FAILURE = [0, 0x41301, 0x41303];
const info = z.object({ LastTaskResult: z.number() });

async function taskProblems({ shell }: InstallPorts, { name }: InstallRecord): Promise<string[]> {
	const xml = await openSchtasks(shell).read(name);
	if (xml === undefined) return ["the task is gone"];
	if (!isEnabled(xml)) return ["the task is disabled"];
	const script = `Get-ScheduledTaskInfo -TaskName '${name}' | Select-Object LastTaskResult | ConvertTo-Json -Compress`;
	const { LastTaskResult: result } = info.parse(await powershellJson(shell, script));
	return NO_FAILURE.includes(result) ? [] : [`its last run ended with ${result}`];
}

async function unitProblems({ shell }: InstallPorts, record: InstallRecord): Promise<string[]> {
	const scope = record.kind === "systemd" && record.scope === "user" ? ["--user"] : [];
	const ask = async (...args: string[]) =>
		(await shell.run("systemctl", [...scope, ...args], { timeoutMs: 5_000 })).stdout;
	const [enabled, result] = await Promise.all([
		ask("is-enabled", record.name),
		ask("show", "--property", "Result", "--value", record.name),
	]);
	return [
		...(enabled.trim() === "enabled" ? [] : [`the unit is ${enabled.trim() || "gone"}`]),
		...(["success", ""].includes(result.trim()) ? [] : [`its last run ended with ${result.trim()}`]),
	];
}
