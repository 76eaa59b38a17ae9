import { open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { readLastLines, readTextIfExists, renameFile } from "../system/files.ts";
import { jsonOf } from "../system/json.ts";
import { fileSize } from "../system/log-file.ts";
import { makeDirectory, syncDirectory, writeAndSync } from "../system/durable-files.ts";

/** One line: `sum` is the CRC-32 of the record's JSON, 8 hex digits. */
const lineSchema = z.strictObject({ v: z.literal(1), sum: z.string(), record: z.unknown() });

/** Bytes of one file; the one before it is kept too. */
const LARGEST = 8 << 20;

/** Where the records are that came before those in a file. */
const earlierOf = (path: string): string => path.replace(/(?:\.jsonl)?$/, ".earlier.jsonl");

/** Whether a name is that of earlier records, which belong to another file. */
export const isEarlierFile = (name: string): boolean => name.endsWith(".earlier.jsonl");

const sumOf = (json: string): string => crc32(json).toString(16).padStart(8, "0");

/**
 * Adds a record to an append-only JSON Lines file, readable by its owner only; makes the directory if needed. It is on
 * disk when this returns. A line that a crash cut short does not touch it: it begins on a line of its own. A file that
 * would have more than `largest` bytes is put in the place of earlier records first.
 */
export async function appendRecord(path: string, record: object, largest = LARGEST): Promise<void> {
	const json = JSON.stringify(record);
	const line = `{"v":1,"sum":"${sumOf(json)}","record":${json}}\n`;
	await makeDirectory(dirname(path));
	const before = await fileSize(path);
	if (before > 0 && before + Buffer.byteLength(line) > largest) await renameFile(path, earlierOf(path));
	await using file = await open(path, "a+", 0o600);
	const { size } = await file.stat();
	await writeAndSync(file, (await endsInNewline(file, size)) ? line : `\n${line}`);
	if (size === 0) await syncDirectory(dirname(path));
}

async function endsInNewline(file: FileHandle, size: number): Promise<boolean> {
	if (size === 0) return true;
	const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
	return buffer.toString() === "\n";
}

/**
 * The records of a file that fit the schema, oldest first; none when there is no file. Lines of version 0.1 have no
 * checksum. `skipped` counts the lines that are cut short, altered, or fit no schema.
 */
export async function readRecords<T>(path: string, schema: z.ZodType<T>): Promise<{ records: T[]; skipped: number }> {
	const [earlier, text] = await Promise.all([earlierOf(path), path].map((one) => readTextIfExists(one)));
	return recordsIn(`${earlier ?? ""}\n${text ?? ""}`, schema);
}

/**
 * The records of the last `bytes` bytes, without the one that begins before them; the rest as in readRecords. `whole`:
 * there are no more.
 */
export async function readLastRecords<T>(
	path: string,
	schema: z.ZodType<T>,
	bytes: number,
): Promise<{ records: T[]; skipped: number; whole: boolean }> {
	const { text, whole } = await readLastLines(path, bytes);
	return { ...recordsIn(text, schema), whole: whole && (await fileSize(earlierOf(path))) === 0 };
}

function recordsIn<T>(text: string, schema: z.ZodType<T>): { records: T[]; skipped: number } {
	const lines = text.split(/\r?\n/).filter((line) => line !== "");
	const records = lines.flatMap((line) => {
		const parsed = schema.safeParse(recordOf(line));
		return parsed.success ? [parsed.data] : [];
	});
	return { records, skipped: lines.length - records.length };
}

/** Undefined, which no schema of a record takes, for a line that cannot be trusted. */
function recordOf(line: string): unknown {
	const value = jsonOf(line);
	const checked = lineSchema.safeParse(value);
	if (!checked.success) return isEarlier(value) ? value : undefined;
	const { sum, record } = checked.data;
	return sum === sumOf(JSON.stringify(record)) ? record : undefined;
}

const isEarlier = (value: unknown): boolean => typeof value === "object" && value !== null && !("sum" in value);
