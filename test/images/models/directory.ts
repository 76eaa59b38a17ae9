import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Model, ModelsManifest } from "../../../src/contracts/models.ts";
import type { FetchOptions } from "../../../images/models/fetch.ts";
import type { FileServer } from "./file-server.ts";
import { sha256 } from "./file-server.ts";

/** Keys of a store that nobody asks. */
const NO_STORE = { endpoint: "http://127.0.0.1:1", bucket: "cres", accessKey: "a", secretKey: "s", keysFrom: "tests" };

/** A directory for models, and what was logged. */
export interface Place extends AsyncDisposable {
	directory: string;
	lines: string[];
	options: FetchOptions;
	read(path: string): Promise<Buffer>;
	/** Everything below the directory, sorted. */
	names(): Promise<string[]>;
}

export async function makePlace(options: Partial<FetchOptions> = {}): Promise<Place> {
	const directory = await mkdtemp(join(tmpdir(), "cres-models-"));
	const lines: string[] = [];
	return {
		directory,
		lines,
		options: {
			store: NO_STORE,
			directory,
			log: (level, message) => void lines.push(`${level} ${message}`),
			signal: new AbortController().signal,
			firstPauseMs: 1,
			...options,
		},
		read: (path) => readFile(join(directory, path)),
		names: async () => (await readdir(directory, { recursive: true })).sort(),
		[Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
	};
}

/** A model of one file; `source` is a key or an address. */
export const oneFile = (path: string, content: Buffer, source: string): Model => ({
	name: path.replaceAll(/\W/g, "-"),
	kind: "llm",
	files: [{ path, bytes: content.length, sha256: sha256(content), source }],
});

/** Publishes models on the server; returns the manifest's address. */
export function publish(server: FileServer, ...models: Model[]): string {
	const manifest: ModelsManifest = { version: 1, models };
	server.files.set("manifest.json", Buffer.from(JSON.stringify(manifest)));
	return `${server.url}/manifest.json`;
}
