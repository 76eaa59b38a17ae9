import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../errors/errors.ts";
import { writeDurably } from "../../system/durable-files.ts";
import { readTextIfExists, removeStale } from "../../system/files.ts";

/** What cres started that is no process of its own: a container or a Windows service, with its start. */
const recordSchema = z.object({ version: z.literal(1), id: z.string(), startedAt: z.string() });
export type StartRecord = Pick<z.infer<typeof recordSchema>, "id" | "startedAt">;

const fileOf = (folder: string, name: string): string => join(folder, "run", `${name}.started.json`);

/** @throws UserError service_record_unreadable */
export async function readStart(folder: string, name: string): Promise<StartRecord | undefined> {
	const text = await readTextIfExists(fileOf(folder, name));
	if (text === undefined) return undefined;
	try {
		return recordSchema.parse(JSON.parse(text));
	} catch (cause) {
		throw new UserError("service_record_unreadable", `${fileOf(folder, name)} is not a record of a start: ${text}`, {
			hint: "stop what it names, if it runs, and remove the file",
			cause,
		});
	}
}

/** Records that cres has started a service: without it nothing stops it. */
export const writeStart = (folder: string, name: string, { id, startedAt }: StartRecord): Promise<void> =>
	writeDurably(fileOf(folder, name), `${JSON.stringify({ version: 1, id, startedAt })}\n`, { mode: 0o600 });

/** Forgets that cres has started a service. */
export const removeStart = (folder: string, name: string): Promise<void> => removeStale(fileOf(folder, name));
