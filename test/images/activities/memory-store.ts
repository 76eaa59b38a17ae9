import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Store } from "../../../images/worker/store.ts";

/** A bucket in memory; every call takes up to `slowness` milliseconds, so that calls overtake one another. */
export function memoryStore(slowness = 0): Store & { objects: Map<string, Buffer> } {
	const objects = new Map<string, Buffer>();
	let calls = 0;
	const pause = () => delay((calls++ * 7) % (slowness + 1));
	const put = async (key: string, bytes: Buffer) => {
		await pause();
		objects.set(key, bytes);
		return { key, bytes: bytes.byteLength };
	};
	return {
		objects,
		bucket: "memory",
		putFile: async (key, path) => put(key, await readFile(path)),
		putText: (key, text) => put(key, Buffer.from(text)),
		async getText(key) {
			await pause();
			return objects.get(key)?.toString();
		},
		async getFile(key, path) {
			const bytes = objects.get(key);
			if (bytes) await writeFile(path, bytes);
			return bytes !== undefined;
		},
		async *list(prefix) {
			await pause();
			const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).toSorted();
			const etags = keys.map((key) => createHash("md5").update(objects.get(key)!).digest("hex"));
			for (const [at, key] of keys.entries()) yield { key, etag: etags[at]!, modified: new Date(0) };
		},
		async remove(key) {
			await pause();
			objects.delete(key);
		},
	};
}
