import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { UserError } from "../../errors/errors.ts";
import { makeDirectory } from "../../system/durable-files.ts";
import { removeFile } from "../../system/files.ts";
import { controlFolder } from "../place.ts";
import { bootArguments, entryNotes } from "./boot-line.ts";
import type { InstallOptions, InstallPorts, InstallReport } from "./install-ports.ts";
import { aclHints, logonFacts } from "./logon.ts";
import { removeInstall, writeInstall, type InstallRecord, type TaskRecord } from "./record.ts";
import { isEnabled, openSchtasks, type Schtasks } from "./schtasks.ts";
import { SOURCE, taskFile, taskXml } from "./task-xml.ts";

export const TASK = "CRES-ControlPlane-Boot";

/** Registers the boot as a task, and disables those of before (control.disable_tasks). @throws UserError control_boot_taken, control_install_failed */
export async function installTask(
	ports: InstallPorts,
	options: InstallOptions,
	earlier: InstallRecord | undefined,
): Promise<InstallReport> {
	const { config, node } = ports;
	const tasks = openSchtasks(ports.shell);
	const before = earlier?.kind === "task-scheduler" ? earlier : undefined;
	const [user, present, stale] = await Promise.all([
		whoAmI(ports),
		tasks.read(TASK),
		enabledOf(tasks, config.control.disable_tasks),
	]);
	const isForeign = present !== undefined && before === undefined;
	if (isForeign && !options.replace) throw taken();
	const file = join(controlFolder(config.state), "boot-task.xml");
	const { logon, entry } = options;
	const args = bootArguments(config, entry);
	const text = taskXml({ uri: `\\${TASK}`, user, logon, program: node, args, directory: config.root });
	const report = reportOf(options, { user, text, stale, isForeign, root: config.root });
	if (options.dryRun) return { ...report, outcome: "planned" };
	const replaced = isForeign ? present : (before?.replaced ?? null);
	await writeInstall(config.state, recordOf(ports, options, { before, file, stale, replaced }));
	await register(tasks, file, taskFile(text)).catch(async (error: unknown) => {
		if (!before) await removeInstall(config.state);
		throw error;
	});
	for (const name of stale) await tasks.change(name, "disable");
	return report;
}

function recordOf(
	{ clock, node }: InstallPorts,
	{ logon, entry }: InstallOptions,
	{
		before,
		file,
		stale,
		replaced,
	}: Pick<TaskRecord, "file" | "replaced"> & {
		before: TaskRecord | undefined;
		stale: readonly string[];
	},
): TaskRecord {
	return {
		...{ version: 1, kind: "task-scheduler", name: TASK, file, logon, program: node, entry },
		disabled: [...new Set([...(before?.disabled ?? []), ...stale])],
		replaced,
		at: new Date(clock.now()).toISOString(),
	};
}

async function register(tasks: Schtasks, file: string, bytes: Buffer): Promise<void> {
	await makeDirectory(dirname(file));
	await writeFile(file, bytes, { mode: 0o600 });
	await tasks.create(TASK, file);
}

/** `HOST\name` (learn.microsoft.com/windows-server/administration/windows-commands/whoami). */
async function whoAmI({ shell }: InstallPorts): Promise<string> {
	const { stdout } = await shell.run("whoami.exe", [], { timeoutMs: 10_000 });
	return stdout.trim();
}

async function enabledOf(tasks: Schtasks, names: readonly string[]): Promise<string[]> {
	const read = await Promise.all(names.map(async (name) => ({ name, xml: await tasks.read(name) })));
	return read.filter(({ xml }) => xml !== undefined && isEnabled(xml)).map(({ name }) => name);
}

const taken = () =>
	new UserError("control_boot_taken", `a scheduled task ${TASK} is there, and this cres.yaml did not register it`, {
		hint: `look: schtasks /query /tn ${TASK} /xml; cres control install --replace keeps a copy for uninstall`,
	});

interface Facts {
	user: string;
	text: string;
	stale: readonly string[];
	isForeign: boolean;
	root: string;
}

function reportOf({ logon, entry }: InstallOptions, { user, text, stale, isForeign, root }: Facts): InstallReport {
	return {
		...{ outcome: "installed", kind: "task-scheduler", name: TASK, text },
		...logonFacts(logon, user),
		steps: [
			...(isForeign ? [`keep a copy of the task ${TASK} that is there`] : []),
			`register the task ${TASK}`,
			...stale.map((name) => `disable the task ${name}`),
		],
		notes: [...aclHints(logon, root), ...entryNotes(entry), `to try it now: schtasks /run /tn ${TASK}`],
	};
}

/** Puts everything back that the record names, and nothing else. @throws UserError control_boot_taken, control_install_failed */
export async function uninstallTask(ports: InstallPorts, record: TaskRecord, dryRun: boolean): Promise<InstallReport> {
	const tasks = openSchtasks(ports.shell);
	const present = await tasks.read(TASK);
	if (present !== undefined && !present.includes(SOURCE)) throw taken();
	const there = await Promise.all(record.disabled.map(async (name) => ((await tasks.read(name)) ? [name] : [])));
	const enable = there.flat();
	const { replaced } = record;
	const removal = replaced === null ? `remove the task ${TASK}` : `register the task ${TASK} of before again`;
	const steps = [
		...(present === undefined && replaced === null ? [] : [removal]),
		...enable.map((name) => `enable the task ${name}`),
	];
	const report = { kind: record.kind, name: TASK, steps, text: null, means: null, forbids: null, notes: [] };
	if (dryRun) return { ...report, outcome: "planned" };
	if (replaced !== null) await register(tasks, record.file, taskFile(replaced));
	else if (present !== undefined) await tasks.remove(TASK);
	for (const name of enable) await tasks.change(name, "enable");
	await removeFile(record.file);
	await removeInstall(ports.config.state);
	return { ...report, outcome: "removed" };
}
