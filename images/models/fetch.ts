import { mkdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Model, ModelFile, ModelsManifest } from "../../src/contracts/models.ts";
import type { Settings } from "../runtime/settings.ts";
import type { Log } from "../runtime/logger.ts";
import { withDirectoryLock } from "./directory-lock.ts";
import { download, type DownloadPorts } from "./download.ts";
import { replaceText, sizeOf } from "./files.ts";
import { readManifest } from "./manifest.ts";
import { ModelError } from "./model-error.ts";
import { openSources } from "./source.ts";
import { megabytes, startTransfer } from "./transfer.ts";
import { openVerified } from "./verified.ts";

/** Files that are fetched at the same time. */
const CONCURRENCY = 2;
/** Left free on the disk for everything else. */
const RESERVE_BYTES = 64_000_000;

export interface FetchOptions extends Pick<DownloadPorts, "firstPauseMs" | "silenceMs"> {
	/** Address of the manifest; the bucket's own when absent. */
	manifestUrl?: string | undefined;
	/** Hex digits of the manifest's sha256; any manifest when absent. */
	manifestSha256?: string | undefined;
	store: Settings["store"];
	/** Where the files belong; made when missing. */
	directory: string;
	log: Log;
	signal: AbortSignal;
	/** Which models are wanted; all when absent. */
	choose?: (models: readonly Model[]) => Model[];
	reserveBytes?: number;
}

export interface Fetched {
	/** The wanted models; undefined when the bucket has no manifest. */
	manifest: ModelsManifest | undefined;
	/** Paths that were there. */
	kept: string[];
	/** Paths that were fetched now. */
	fetched: string[];
}

/**
 * Makes the directory hold every file of the wanted models, verified, and its manifest.json. One process at a time:
 * a second one waits, and then finds everything there.
 * @throws ModelError, and the signal's reason
 */
export async function fetchModels(options: FetchOptions): Promise<Fetched> {
	const { directory, log, signal } = options;
	await mkdir(directory, { recursive: true });
	const onWait = () => log("INFO", "models: another process fetches them");
	return withDirectoryLock(directory, { onWait, signal }, () => fetchInto(options));
}

async function fetchInto(options: FetchOptions): Promise<Fetched> {
	const { store, directory, log, signal, manifestSha256: pin, choose = (all) => [...all] } = options;
	const open = openSources(store);
	const whole = await readManifest({ ...options, open }, { address: options.manifestUrl, pin });
	if (!whole) {
		log("WARN", `models: bucket ${store.bucket} has no manifest; what lies in ${directory} is taken as it is`);
		return { manifest: undefined, kept: [], fetched: [] };
	}
	if (pin === undefined)
		log("INFO", "models: no checksum of the manifest was given; who writes to the bucket chooses the models");
	const manifest = { ...whole, models: choose(whole.models) };
	logOthers(log, whole, manifest);
	const files = manifest.models.flatMap((model) => model.files);
	const verified = await openVerified(directory);
	const missing: ModelFile[] = [];
	for (const file of files) if (!(await verified.has(file, signal))) missing.push(file);
	// The large file of a model comes last: who waits for it finds the others there.
	missing.sort((one, other) => one.bytes - other.bytes);
	await assertRoom(directory, missing, options.reserveBytes ?? RESERVE_BYTES);
	await fetchAll({ ...options, open }, missing, (file) => verified.note(file));
	await replaceText(join(directory, "manifest.json"), `${JSON.stringify(manifest, null, "\t")}\n`);
	const fetched = missing.map(({ path }) => path);
	return { manifest, fetched, kept: files.map(({ path }) => path).filter((path) => !fetched.includes(path)) };
}

function logOthers(log: Log, { models }: ModelsManifest, chosen: ModelsManifest): void {
	const others = models.filter((model) => !chosen.models.includes(model)).map(({ kind, name }) => `${kind}/${name}`);
	if (others.length > 0) log("INFO", `models: not wanted here: ${others.join(", ")}`);
}

/** The first failure stops the others, which keep their parts. */
async function fetchAll(
	ports: Omit<DownloadPorts, "onBytes">,
	files: readonly ModelFile[],
	onFile: (file: ModelFile) => Promise<void>,
): Promise<void> {
	if (files.length === 0) return;
	const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
	ports.log("INFO", `models: fetching ${files.length} files, ${megabytes(total)} MB`, { total });
	using transfer = startTransfer(ports.log, total);
	const failed = new AbortController();
	const signal = AbortSignal.any([ports.signal, failed.signal]);
	const queue = files.values();
	const lane = async () => {
		for (const file of queue) {
			const started = performance.now();
			await download({ ...ports, signal, onBytes: (bytes) => transfer.at(file.path, bytes) }, file);
			await onFile(file);
			const ms = Math.round(performance.now() - started);
			ports.log("INFO", `models: ${file.path} is there`, { bytes: file.bytes, sha256: file.sha256, ms });
		}
	};
	const lanes = Array.from({ length: CONCURRENCY }, () => lane().catch((error: unknown) => failed.abort(error)));
	await Promise.all(lanes);
	signal.throwIfAborted();
}

async function assertRoom(directory: string, files: readonly ModelFile[], reserve: number): Promise<void> {
	let needed = files.length === 0 ? 0 : reserve;
	for (const file of files)
		needed += file.bytes - (await sizeOf(join(directory, `${file.path}.${file.sha256.slice(0, 8)}.part`)));
	const { bavail, bsize } = await statfs(directory);
	if (needed <= bavail * bsize) return;
	const numbers = `${megabytes(needed)} MB are needed, ${megabytes(bavail * bsize)} MB are free`;
	throw new ModelError("disk-full", `${directory}: ${numbers}`);
}
