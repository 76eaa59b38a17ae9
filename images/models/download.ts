import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ModelFile } from "../../src/contracts/models.ts";
import { STEP_BYTES, stallLimit } from "../runtime/limits.ts";
import { absent, sha256Of, sizeOf } from "./files.ts";
import { ModelError, reasonOf } from "./model-error.ts";
import { persist, type PersistPorts } from "./persist.ts";
import type { OpenSource } from "./source.ts";

const SILENCE_MS = 30_000;

export interface DownloadPorts extends PersistPorts {
	directory: string;
	open: OpenSource;
	/** Called with the bytes of the file that are on disk. */
	onBytes: (bytes: number) => void;
	/** A source that sends nothing for so many milliseconds is asked again. */
	silenceMs?: number | undefined;
}

/**
 * Fetches a file beside its place, goes on where an earlier run stopped, and moves it there when its checksum is right.
 * An abort leaves the part for the next run.
 * @throws ModelError, and the signal's reason
 */
export async function download(ports: DownloadPorts, file: ModelFile): Promise<void> {
	const target = join(ports.directory, file.path);
	// Named by the checksum: what was begun of another content is never continued.
	const part = `${target}.${file.sha256.slice(0, 8)}.part`;
	await mkdir(dirname(target), { recursive: true });
	await removeOtherParts(target, part);
	try {
		const began = await complete(ports, file, part);
		await prove(ports, file, part, began > 0);
	} catch (error) {
		ports.signal.throwIfAborted();
		const unreachable = error instanceof ModelError && error.fault === "source-unreachable";
		if (!unreachable) await rm(part, { force: true });
		throw error;
	}
	await rename(part, target);
}

/** A part from an earlier run may be damaged: then it is fetched once more, from its first byte on. */
async function prove(ports: DownloadPorts, file: ModelFile, part: string, resumed: boolean): Promise<void> {
	const got = await sha256Of(part, ports.signal);
	if (got === file.sha256) return;
	const fault = `${file.path}: expected sha256 ${file.sha256}, got ${got}`;
	if (!resumed) throw new ModelError("checksum-mismatch", fault);
	ports.log("WARN", `${fault}; it was continued from an earlier run and is fetched again`);
	await rm(part);
	await complete(ports, file, part);
	await prove(ports, file, part, false);
}

/** Asks until the part has all its bytes; returns how many it had at the start. */
async function complete(ports: DownloadPorts, file: ModelFile, part: string): Promise<number> {
	if ((await sizeOf(part)) > file.bytes) await rm(part);
	const began = await sizeOf(part);
	ports.onBytes(began);
	let had = began;
	const rest = async () => {
		if ((had = await sizeOf(part)) < file.bytes) await append(ports, file, part, had);
	};
	await persist(ports, file.path, rest, async () => (await sizeOf(part)) >= had + STEP_BYTES);
	return began;
}

/** One request: what it brings goes behind the bytes that are there. */
async function append(ports: DownloadPorts, file: ModelFile, part: string, had: number): Promise<void> {
	using silence = stallLimit(ports.silenceMs ?? SILENCE_MS);
	const signal = AbortSignal.any([ports.signal, silence.signal]);
	try {
		const { body, from, total } = await ports.open(file.source, had, signal);
		const unfit = total !== undefined && total !== file.bytes ? wrongSize(file, total) : wrongRange(from, had);
		if (unfit) {
			await discard(body);
			throw unfit;
		}
		let at = from;
		const measured = async function* (chunks: AsyncIterable<Uint8Array>) {
			for await (const chunk of chunks) {
				silence.came(chunk.byteLength);
				if ((at += chunk.byteLength) > file.bytes) throw wrongSize(file, `more than ${file.bytes}`);
				yield chunk;
				ports.onBytes(at);
			}
		};
		await pipeline(body, measured, createWriteStream(part, { flags: from === 0 ? "w" : "a", flush: true }), { signal });
		if (at < file.bytes) throw new Error(`the source ended after ${at} of ${file.bytes} bytes`);
	} catch (error) {
		throw typed(silence.signal.aborted ? silence.signal.reason : error, file);
	}
}

/** Undefined when the bytes fit behind those that are there, or replace them all. */
const wrongRange = (from: number, had: number): Error | undefined =>
	from === 0 || from === had ? undefined : new Error(`the source sends bytes from ${from} on, not from ${had}`);

/** Ends a transfer that nobody wants; left alone it would hold its connection. */
async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
	for await (const _chunk of body) break;
}

const wrongSize = (file: ModelFile, got: number | string): ModelError =>
	new ModelError("size-mismatch", `${file.path}: expected ${file.bytes} bytes, got ${got}`);

/** Everything that is neither the disk's nor the publisher's fault is the connection's. */
function typed(error: unknown, file: ModelFile): unknown {
	if (error instanceof ModelError) return error;
	const { code } = error as NodeJS.ErrnoException;
	if (code === "ENOSPC" || code === "EDQUOT")
		return new ModelError("disk-full", `${file.path}: no space left on the disk; its part was removed`, error);
	if (["EACCES", "EPERM", "EROFS", "EIO", "EISDIR", "ENOTDIR"].includes(code ?? "")) return error;
	return new ModelError("source-unreachable", `${file.path}: ${reasonOf(error)}`, error);
}

async function removeOtherParts(target: string, part: string): Promise<void> {
	const directory = dirname(target);
	const names = (await readdir(directory).catch(absent)) ?? [];
	const stale = names.filter((name) => name.startsWith(`${basename(target)}.`) && /\.[0-9a-f]{8}\.part$/.test(name));
	for (const name of stale) if (join(directory, name) !== part) await rm(join(directory, name), { force: true });
}
