import { access, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { recordEndpoint } from "../instances/endpoint.ts";
import { planPath, recordEntry } from "../plan/plan-file.ts";
import { readTextIfExists, withFileLock, writeTextAtomic } from "../system/files.ts";
import type { TreePorts } from "./tree.ts";
import { removeIntent, writeIntent, type Change, type Intent } from "./intent.ts";
import { objectiveOf } from "./rotation-entry.ts";
import { ENV_FILE, editOf, type Edit, type Situation } from "./rotation-plan.ts";

const BACKUP = /^\.env\.bak-\d{8}T\d{6}\.\d{3}$/;

/** Every change that a rotation makes. Each may be made again, and a process may end before or after any of them. */
export interface Effects {
	writeIntent: typeof writeIntent;
	removeIntent: typeof removeIntent;
	recordEndpoint: typeof recordEndpoint;
	recordEntry: typeof recordEntry;
	writeText: typeof writeTextAtomic;
	removeFile(path: string): Promise<void>;
}

export const onDisk: Effects = {
	...{ writeIntent, removeIntent, recordEndpoint, recordEntry },
	writeText: writeTextAtomic,
	removeFile: (path) => rm(path, { force: true }),
};

interface CarryOutPorts {
	config: { root: string };
	effects: Effects;
}

/** Makes the changes, all but the entry. */
export async function carryOut(
	ports: CarryOutPorts,
	intent: Intent,
	edits: readonly Edit[],
	situation: Situation,
): Promise<void> {
	const { effects, config } = ports;
	await effects.writeIntent(config.root, intent);
	await effects.recordEndpoint(config.root, intent.instance, intent.to);
	if (intent.backup !== null) await backUp(ports, intent.backup);
	for (const edit of edits) await write(ports, edit, situation);
}

/** Copies .env below .cres, which git ignores as it does .env, and drops the copy before. */
async function backUp({ config: { root }, effects }: CarryOutPorts, name: string): Promise<void> {
	const folder = join(root, ".cres");
	const copy = join(folder, name);
	const isThere = await access(copy).then(
		() => true,
		() => false,
	);
	if (!isThere) await effects.writeText(copy, (await readTextIfExists(join(root, ENV_FILE))) ?? "", 0o600);
	const old = (await readdir(folder)).filter((file) => BACKUP.test(file) && file !== name);
	for (const file of old) await effects.removeFile(join(folder, file));
}

/** Two rotations may have a file in common: what is written is made of what is there now. */
async function write(
	{ config: { root }, effects }: CarryOutPorts,
	{ path, mode }: Edit,
	situation: Situation,
): Promise<void> {
	const file = join(root, path);
	await withFileLock(join(root, ".cres", "rotation.lock"), async () => {
		const text = (await readTextIfExists(file)) ?? "";
		const edited = editOf({ path, text, editable: true }, situation).text;
		if (edited !== text) await effects.writeText(file, edited, mode);
	});
}

/** Whether docs/PLAN.md has the entry of this rotation. */
export const isRecordedEntry = async (root: string, intent: Intent): Promise<boolean> =>
	((await readTextIfExists(planPath(root))) ?? "").includes(objectiveOf(intent));

/** The files among the changes that stand as git's index has them: `git restore` brings them back. */
export async function restorableOf(
	{ config: { root }, shell, signal }: Pick<TreePorts, "shell" | "signal"> & { config: { root: string } },
	changes: readonly Change[],
): Promise<string[]> {
	const files = changes.map(({ file }) => file).filter((file) => !file.startsWith(".cres/"));
	if (files.length === 0) return [];
	const git = async (...args: string[]) => {
		const result = await shell.run("git", [...args, "--", ...files], { cwd: root, signal }).catch(() => undefined);
		signal.throwIfAborted();
		return result?.exitCode === 0 ? result.stdout.split("\0").filter((file) => file !== "") : undefined;
	};
	const [known, changed] = [await git("ls-files", "-z", "--cached"), await git("ls-files", "-z", "--modified")];
	return files.filter((file) => known?.includes(file) && !changed?.includes(file));
}
