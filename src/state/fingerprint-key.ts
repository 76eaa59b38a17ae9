import { randomBytes } from "node:crypto";
import { link, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codeOf } from "../errors/errors.ts";
import { makeDirectory, syncDirectory, writeAndSync } from "../system/durable-files.ts";
import { readTextIfExists, removeFile, renameFile } from "../system/files.ts";

const BYTES = 32;
const pathOf = (state: string): string => join(state, "fingerprint.key");

/** By state directory: what this process uses. */
const keys = new Map<string, Promise<Buffer>>();

/**
 * The key of this machine's fingerprints. Where none is kept yet it is a new one, which nothing is written for: see
 * keepFingerprintKey. A file that holds no key counts as none.
 */
export function fingerprintKey(state: string): Promise<Buffer> {
	const kept = () => readKey(state).catch(() => undefined); // one that cannot be read makes changes unknown, no more
	const known = keys.get(state) ?? kept().then((key) => key ?? randomBytes(BYTES));
	keys.set(state, known);
	return known;
}

/** Keeps the key for records that hold fingerprints by it, readable by its owner alone. The first process to do so wins. */
export async function keepFingerprintKey(state: string): Promise<void> {
	const key = await fingerprintKey(state);
	const path = pathOf(state);
	if (await readKey(state)) return;
	const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
	await makeDirectory(dirname(path));
	try {
		await writeAndSync(await open(temporary, "wx", 0o600), `${key.toString("hex")}\n`);
		await takePlace(temporary, path);
		await syncDirectory(dirname(path));
	} finally {
		await removeFile(temporary);
	}
}

/** Whole, or not there. A key that another process has kept meanwhile stays. */
async function takePlace(temporary: string, path: string): Promise<void> {
	try {
		await link(temporary, path);
	} catch (error) {
		// no key in the file, or a file system without hard links
		if (!(await readKey(dirname(path)))) await renameFile(temporary, path);
		else if (codeOf(error) !== "EEXIST") throw error;
	}
}

async function readKey(state: string): Promise<Buffer | undefined> {
	const text = (await readTextIfExists(pathOf(state)))?.trim() ?? "";
	return /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, "hex") : undefined;
}
