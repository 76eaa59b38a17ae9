import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ModelFile } from "../../src/contracts/models.ts";
import { absent, replaceText, sha256Of } from "./files.ts";

const recordSchema = z.record(z.string(), z.object({ bytes: z.int(), mtimeMs: z.number(), sha256: z.string() }));

/** What is known to lie in a directory, so that a second boot does not hash gigabytes. */
export interface Verified {
	/** True when the file is there with its size and checksum; it is hashed only if it changed since the last time. */
	has(file: ModelFile, signal: AbortSignal): Promise<boolean>;
	/** Notes that the file on disk has this checksum. */
	note(file: ModelFile): Promise<void>;
}

/** Reads .verified.json of the directory; one that cannot be read counts as empty. */
export async function openVerified(directory: string): Promise<Verified> {
	const path = join(directory, ".verified.json");
	const known = await readRecord(path);
	let written = Promise.resolve();
	const note = async (file: ModelFile) => {
		const { size, mtimeMs } = await stat(join(directory, file.path));
		known[file.path] = { bytes: size, mtimeMs, sha256: file.sha256 };
		await (written = written.then(() => replaceText(path, JSON.stringify(known, null, "\t"))));
	};
	return {
		note,
		async has(file, signal) {
			const found = await stat(join(directory, file.path)).catch(absent);
			if (found?.size !== file.bytes) return false;
			const last = known[file.path];
			if (last?.bytes === found.size && last.mtimeMs === found.mtimeMs) return last.sha256 === file.sha256;
			if ((await sha256Of(join(directory, file.path), signal)) !== file.sha256) return false;
			await note(file);
			return true;
		},
	};
}

async function readRecord(path: string): Promise<z.infer<typeof recordSchema>> {
	try {
		return recordSchema.parse(JSON.parse(await readFile(path, "utf8")));
	} catch {
		return {};
	}
}
