import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { codeOf } from "../errors/errors.ts";
import { readBytes } from "./limits.ts";

/** Until somebody opens the pipe for writing, and until a writer writes: it may have to ask a person first. */
const PATIENCE = { writerMs: 3_000, bytesMs: 60_000 };
const LOOK_EVERY_MS = 20;
const CHUNK = 65_536;

/**
 * The bytes of a pipe until its writer closes it. Opening and reading never block, as Node's would until there is a
 * writer: not even a signal ends that. Throws ENODATA when nobody writes, and tooLarge.
 * @see https://man7.org/linux/man-pages/man7/fifo.7.html
 */
export async function readPipe(path: string, most: number, patience = PATIENCE): Promise<Buffer> {
	await using file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
	return await readBytes(chunksOf(file, path, patience), most);
}

async function* chunksOf(file: FileHandle, path: string, patience: typeof PATIENCE): AsyncGenerator<Buffer> {
	let since = performance.now();
	for (let begun = false; ;) {
		const got = await readSome(file);
		if (got?.length === 0 && begun) return;
		if (got && got.length > 0) {
			yield got;
			[begun, since] = [true, performance.now()];
			continue;
		}
		if (performance.now() - since > (got ? patience.writerMs : patience.bytesMs)) throw nobodyWrites(path);
		await delay(LOOK_EVERY_MS);
	}
}

/** Nothing while there is no writer or after the last one; undefined while a writer has not written. */
async function readSome(file: FileHandle): Promise<Buffer | undefined> {
	try {
		const { buffer, bytesRead } = await file.read(Buffer.alloc(CHUNK), 0, CHUNK, null);
		return buffer.subarray(0, bytesRead);
	} catch (error) {
		if (codeOf(error) === "EAGAIN") return undefined;
		throw error;
	}
}

const nobodyWrites = (path: string): Error =>
	Object.assign(new Error(`ENODATA: nobody writes into the pipe, read '${path}'`), { code: "ENODATA", path });
