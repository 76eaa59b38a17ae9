import { link, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { codeOf } from "../errors/errors.ts";
import { namesIn, readTextIfExists, removeFile, renameFile, unlessHeld } from "../system/files.ts";
import { claimSchema } from "./claim.ts";
import { writeDurably } from "../system/durable-files.ts";

/** What a holder writes about its term. */
const recordSchema = claimSchema.extend({
	/** Fencing token: larger than that of every holder before. */
	token: z.int(),
	/** Unique to this term. */
	nonce: z.string(),
	/** Milliseconds since the epoch. */
	expires: z.number(),
	/** The holder is done. */
	released: z.boolean(),
});
export type TermRecord = z.infer<typeof recordSchema>;

/**
 * One holder's time with a lock: the file `<lock>/<number>.json`. A term begins when its file is created, which only
 * one process can do, and ends when the next number is there. Nobody writes the file of another's term, so that what
 * a late process does on the strength of an old reading cannot touch the present holder.
 */
export interface Term {
	number: number;
	/** Undefined when a power cut left the file torn. */
	record: TermRecord | undefined;
}

const TOKEN = "token";
const TEMPORARY = "new-";
const nameOf = (number: number): string => `${number}.json`;
const fileOf = (lock: string, number: number): string => join(lock, nameOf(number));

/** The term with the highest number, undefined when there is none. */
export async function latestTerm(lock: string): Promise<Term | undefined> {
	for (;;) {
		const number = (await termNumbers(lock)).at(-1);
		if (number === undefined) return undefined;
		const text = await readTextIfExists(fileOf(lock, number));
		if (text !== undefined) return { number, record: parsed(text) };
	}
}

/** Whether the term `record` of that number is still on file. */
async function isOnFile(lock: string, { number, record }: Term): Promise<boolean> {
	const text = await readTextIfExists(fileOf(lock, number));
	return text !== undefined && parsed(text)?.nonce === record?.nonce;
}

/**
 * Begins the term after `earlier`: creates its file, complete from the start, records the token, then removes the terms
 * before. `durable`: the token outlives a power cut; the term itself need not, as its process does not. Needs a file
 * system with hard links, as NTFS, APFS and those of Linux are.
 * @returns undefined when another process was first
 */
export async function beginTerm(
	lock: string,
	earlier: Term | undefined,
	record: TermRecord,
	{ durable = true } = {},
): Promise<Term | undefined> {
	const term = { number: (earlier?.number ?? 0) + 1, record };
	if (!(await createTerm(lock, term))) return undefined;
	if (!(await follows(lock, earlier, record))) {
		await removeFile(fileOf(lock, term.number));
		return undefined;
	}
	if (durable) await writeDurably(join(lock, TOKEN), `${record.token}\n`, { mode: 0o600 });
	else await replaceFile(lock, TOKEN, `${record.token}\n`, record.nonce);
	if (!(await isLatest(lock, term))) return undefined;
	await removeBefore(lock, term.number);
	return term;
}

/**
 * Numbers that were used are removed in ascending order. So a process that created a used one again, having read the
 * lock long ago, finds its predecessor gone; or, where it saw no term at all, a token as large as its own.
 */
async function follows(lock: string, earlier: Term | undefined, record: TermRecord): Promise<boolean> {
	if (earlier && !(await isOnFile(lock, earlier))) return false;
	return (await givenToken(lock)) < record.token;
}

/** Whether no later term has begun and the file is still there. */
export async function isLatest(lock: string, term: Term): Promise<boolean> {
	return (await termNumbers(lock)).at(-1) === term.number && (await isOnFile(lock, term));
}

/** Replaces the file of the caller's own term. */
export const rewriteTerm = (lock: string, number: number, record: TermRecord): Promise<void> =>
	replaceFile(lock, nameOf(number), `${JSON.stringify(record)}\n`, record.nonce);

/** Marks the caller's own term as released. On a full disk its file is removed, which takes no room. */
export async function endTerm(lock: string, number: number, record: TermRecord): Promise<void> {
	await rewriteTerm(lock, number, { ...record, released: true }).catch(() => removeFile(fileOf(lock, number)));
}

/** The highest token that is on record, 0 when there is none. */
export async function givenToken(lock: string): Promise<number> {
	const token = Number(await readTextIfExists(join(lock, TOKEN)));
	return Number.isSafeInteger(token) ? token : 0;
}

/** False when the term has begun already, or its winner cleared our temporary file away. */
async function createTerm(lock: string, { number, record }: Term & { record: TermRecord }): Promise<boolean> {
	const temporary = await writeTemporary(lock, `${JSON.stringify(record)}\n`, record.nonce);
	try {
		await unlessHeld(() => link(temporary, fileOf(lock, number)));
		return true;
	} catch (error) {
		if (!["EEXIST", "ENOENT"].includes(codeOf(error) ?? "")) throw error;
		return false;
	} finally {
		await removeFile(temporary);
	}
}

async function writeTemporary(lock: string, text: string, nonce: string): Promise<string> {
	const path = join(lock, `${TEMPORARY}${nonce}`);
	await writeFile(path, text, { mode: 0o600 });
	return path;
}

async function replaceFile(lock: string, name: string, text: string, nonce: string): Promise<void> {
	await renameFile(await writeTemporary(lock, text, nonce), join(lock, name));
}

/** Ended terms, and what a crash left of beginnings. */
async function removeBefore(lock: string, number: number): Promise<void> {
	const names = await readdir(lock);
	for (const name of names) if (name.startsWith(TEMPORARY)) await removeFile(join(lock, name));
	for (const ended of await termNumbers(lock)) if (ended < number) await removeFile(fileOf(lock, ended));
}

/** Ascending. */
async function termNumbers(lock: string): Promise<number[]> {
	const names = await namesIn(lock);
	const terms = names.filter((name) => /^\d+\.json$/.test(name));
	return terms.map((name) => Number.parseInt(name, 10)).toSorted((a, b) => a - b);
}

function parsed(text: string): TermRecord | undefined {
	try {
		return recordSchema.parse(JSON.parse(text));
	} catch {
		return undefined;
	}
}
