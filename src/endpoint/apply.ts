import { readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { recordEndpoint } from "../state/endpoints.ts";
import { planPath, recordEntry } from "../plan/plan-file.ts";
import type { Config } from "../config/config.ts";
import { configLock } from "../config/edit-file.ts";
import { writeDurably } from "../system/durable-files.ts";
import { sharedLock } from "../state/directory.ts";
import { withLock } from "../state/lock.ts";
import { readUtf8IfExists } from "../system/encoding.ts";
import { isThere, readTextIfExists } from "../system/files.ts";
import type { TreePorts } from "./tree.ts";
import {
	removePendingRotation,
	writePendingRotation,
	type Change,
	type PendingRotation,
} from "../state/pending-rotation.ts";
import { objectiveOf } from "./rotation-entry.ts";
import { ENV_FILE, editOf, type Edit, type RotationFacts } from "./rotation-plan.ts";

const BACKUP = /^\.env\.bak-\d{8}T\d{6}\.\d{3}$/;

/** Every change that a rotation makes. Each may be made again, and a process may end before or after any of them. */
export interface Effects {
	writePendingRotation: typeof writePendingRotation;
	removePendingRotation: typeof removePendingRotation;
	recordEndpoint: typeof recordEndpoint;
	recordEntry: typeof recordEntry;
	writeText: typeof writeDurably;
	removeFile(path: string): Promise<void>;
}

export const onDisk: Effects = {
	...{ writePendingRotation, removePendingRotation, recordEndpoint, recordEntry },
	writeText: writeDurably,
	removeFile: (path) => rm(path, { force: true }),
};

interface ApplyPorts {
	config: Pick<Config, "root" | "state" | "file">;
	effects: Effects;
}

/** Makes the changes, all but the entry. */
export async function applyRotation(
	ports: ApplyPorts,
	pending: PendingRotation,
	edits: readonly Edit[],
	facts: RotationFacts,
): Promise<void> {
	const { effects, config } = ports;
	await effects.writePendingRotation(config.state, pending);
	await effects.recordEndpoint(config.state, pending.instance, pending.to);
	if (pending.backup !== null) await backUp(ports, pending.backup);
	for (const edit of edits) await write(ports, edit, facts);
}

/** Copies .env into the state directory, which git ignores as it does .env, and drops the copy before. */
async function backUp({ config: { root }, effects }: ApplyPorts, backup: string): Promise<void> {
	const copy = join(root, backup);
	const folder = dirname(copy);
	if (!(await isThere(copy)))
		await effects.writeText(copy, (await readUtf8IfExists(join(root, ENV_FILE))) ?? "", { mode: 0o600 });
	const old = (await readdir(folder)).filter((file) => BACKUP.test(file) && file !== basename(copy));
	for (const file of old) await effects.removeFile(join(folder, file));
}

/** Two rotations may have a file in common: what is written is made of what is there now. */
async function write({ config, effects }: ApplyPorts, { path }: Edit, facts: RotationFacts): Promise<void> {
	const { root } = config;
	const file = join(root, path);
	const isConfig = file === config.file || path === ENV_FILE;
	await withLock(isConfig ? configLock(file) : sharedLock(root, "rotation"), async () => {
		const text = (await readUtf8IfExists(file)) ?? "";
		const edited = editOf({ path, text, editable: true }, facts).text;
		if (edited !== text) await effects.writeText(file, edited);
	});
}

/** Whether docs/PLAN.md has the entry of this rotation. */
export const isRecordedEntry = async (root: string, pending: PendingRotation): Promise<boolean> =>
	((await readTextIfExists(planPath(root))) ?? "").includes(objectiveOf(pending));

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
