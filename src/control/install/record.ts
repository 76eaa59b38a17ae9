import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../errors/errors.ts";
import { writeDurably } from "../../system/durable-files.ts";
import { readTextIfExists, removeFile } from "../../system/files.ts";
import { controlFolder } from "../place.ts";
import { LOGONS } from "./logon.ts";

const shared = {
	version: z.literal(1),
	/** Task or unit. */
	name: z.string(),
	/** The file that it was made of: the task's XML, or the unit. */
	file: z.string(),
	/** What it runs: Node and cres. */
	program: z.string(),
	entry: z.string(),
	at: z.string(),
};

const recordSchema = z.discriminatedUnion("kind", [
	z.object({
		...shared,
		kind: z.literal("task-scheduler"),
		logon: z.enum(LOGONS),
		/** Tasks that were enabled until this install, and that uninstall enables again. */
		disabled: z.array(z.string()),
		/** XML of the task of that name before, which uninstall registers again. */
		replaced: z.string().nullable(),
	}),
	z.object({ ...shared, kind: z.literal("systemd"), scope: z.enum(["system", "user"]), text: z.string() }),
]);

/** What `cres control install` changed on this machine, written before it changes it. */
export type InstallRecord = z.infer<typeof recordSchema>;
export type TaskRecord = Extract<InstallRecord, { kind: "task-scheduler" }>;
export type UnitRecord = Extract<InstallRecord, { kind: "systemd" }>;

const fileOf = (state: string): string => join(controlFolder(state), "installed.json");

/** @throws UserError service_record_unreadable */
export async function readInstall(state: string): Promise<InstallRecord | undefined> {
	const text = await readTextIfExists(fileOf(state));
	if (text === undefined) return undefined;
	try {
		return recordSchema.parse(JSON.parse(text));
	} catch (cause) {
		throw new UserError("service_record_unreadable", `${fileOf(state)} is not a record of an install`, {
			hint: "remove the task or unit that it names by hand, then the file",
			cause,
		});
	}
}

/** Records what an install changed, for its undoing. */
export const writeInstall = (state: string, record: InstallRecord): Promise<void> =>
	writeDurably(fileOf(state), `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });

/** Forgets what an install changed, once it is undone. */
export const removeInstall = (state: string): Promise<void> => removeFile(fileOf(state));
