import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { redact } from "../secrets/secret.ts";
import type { Clock } from "../system/clock.ts";
import { appendJsonLine, readJsonLines } from "../system/json-lines.ts";

const lineSchema = z.object({
	/** RFC 3339. */
	at: z.string(),
	event: z.enum(["begin", "step", "done", "failed", "end"]),
	/** Step kind, purpose (begin) or outcome (end). */
	name: z.string(),
	detail: z.string().optional(),
});
type JournalLine = z.infer<typeof lineSchema>;

/** The record of one rollout, written before and after each step. */
export interface Journal {
	write(event: JournalLine["event"], name: string, detail?: string): Promise<void>;
}

const directoryOf = (root: string, instance: string): string => join(root, ".cres", "journal", instance);

/** Ids sort by time: `20261123T101500.123-<token>`. */
export const rolloutId = (now: number, token: number): string =>
	`${new Date(now).toISOString().replaceAll(/[-:]|Z$/g, "")}-${token}`;

export function openJournal(root: string, instance: string, id: string, clock: Clock): Journal {
	const path = join(directoryOf(root, instance), `${id}.jsonl`);
	return {
		write: (event, name, detail) => {
			const at = new Date(clock.now()).toISOString();
			const line: JournalLine = { at, event, name, ...(detail === undefined ? {} : { detail: redact(detail) }) };
			return appendJsonLine(path, line);
		},
	};
}

/** A rollout that never came to its end. */
interface CutOff {
	id: string;
	/** The last thing it wrote. */
	last: string;
	/** It may have rented a contract. */
	rented: boolean;
}

/** The newest rollout, when it was cut off. */
export async function unfinishedRollout(root: string, instance: string): Promise<CutOff | undefined> {
	const directory = directoryOf(root, instance);
	const newest = (await readdir(directory).catch((): string[] => [])).toSorted().at(-1);
	if (newest === undefined) return undefined;
	const lines = await readJsonLines(join(directory, newest), lineSchema);
	const last = lines.at(-1);
	if (!last || last.event === "end") return undefined;
	const rented = lines.some(({ name }) => name === "rent");
	return { id: newest.replace(/\.jsonl$/, ""), last: `${last.event} ${last.name}`, rented };
}

/** Whether this project has begun a rollout of that id on the instance. */
export const hasBegun = async (root: string, instance: string, id: string): Promise<boolean> =>
	(await readJsonLines(join(directoryOf(root, instance), `${id}.jsonl`), lineSchema)).length > 0;
