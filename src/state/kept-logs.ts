import { join } from "node:path";
import { z } from "zod";
import { redact } from "../secrets/secret.ts";
import { writeDurably } from "../system/durable-files.ts";
import { namesIn, readTextIfExists, removeFile } from "../system/files.ts";

/** Bytes of one log, and logs of one instance; the last bytes and the newest logs are kept. */
const LARGEST = 1_000_000;
const RETAINED = 20;

const lineSchema = z.object({ at: z.string().nullable(), program: z.string().nullable(), text: z.string() });
type KeptLine = z.infer<typeof lineSchema>;

const directoryOf = (state: string, instance: string): string => join(state, "logs", instance);
const pathOf = (state: string, instance: string, id: string): string =>
	join(directoryOf(state, instance), `${id}.jsonl`);

/**
 * Keeps the end of a log, at most 1 MB, under the id of the rollout whose container wrote it: without secrets, readable by
 * its owner only. Of the logs of an instance the 20 newest are kept.
 */
export async function keepLog(state: string, instance: string, id: string, lines: readonly KeptLine[]): Promise<void> {
	const texts = lines.map(({ at, program, text }) => `${redact(JSON.stringify({ at, program, text }))}\n`);
	await writeDurably(pathOf(state, instance, id), endOf(texts, LARGEST).join(""), { mode: 0o600 });
	const surplus = (await keptLogs(state, instance)).slice(0, -RETAINED);
	for (const old of surplus) await removeFile(pathOf(state, instance, old));
}

/** The last texts that fit into so many bytes. */
function endOf(texts: readonly string[], bytes: number): readonly string[] {
	let [from, size] = [texts.length, 0];
	while (from > 0 && (size += Buffer.byteLength(texts[from - 1]!)) <= bytes) from--;
	return texts.slice(from);
}

/** The log of a rollout, oldest line first; undefined when none is kept. */
export async function readKeptLog(state: string, instance: string, id: string): Promise<KeptLine[] | undefined> {
	if (!(await keptLogs(state, instance)).includes(id)) return undefined;
	const text = (await readTextIfExists(pathOf(state, instance, id))) ?? "";
	return text.split("\n").flatMap(lineIn);
}

/** Nothing for a line that was cut short or altered. */
function lineIn(text: string): KeptLine[] {
	try {
		return [lineSchema.parse(JSON.parse(text))];
	} catch {
		return [];
	}
}

/** Ids of the rollouts whose log is kept, oldest first. */
export async function keptLogs(state: string, instance: string): Promise<string[]> {
	const names = await namesIn(directoryOf(state, instance));
	return names
		.filter((name) => name.endsWith(".jsonl"))
		.map((name) => name.replace(/\.jsonl$/, ""))
		.toSorted();
}
