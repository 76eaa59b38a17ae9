import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { codeOf, UserError } from "../errors/errors.ts";
import { removeFile, renameFile } from "../system/files.ts";
import { stallLimit } from "../system/limits.ts";
import { unreachable, type S3 } from "./s3.ts";

const TIMEOUT_MS = 5_000;
/** Bytes that must come within that time: what drips would take days. */
const STEP_BYTES = 16_384;
const NEVER = new AbortController().signal;

/** The object store's S3 API (docs.aws.amazon.com/AmazonS3/latest/API). */
export interface Store {
	readonly endpoint: string;
	readonly bucket: string;
	bucketExists(): Promise<boolean>;
	/** Makes the bucket unless it exists; true when it was made. */
	prepareBucket(): Promise<boolean>;
	/** Streams an object into a file, which appears only when it is whole; returns its bytes. @throws UserError object_missing */
	save(key: string, path: string, options: SaveOptions): Promise<number>;
}

interface SaveOptions {
	signal: AbortSignal;
	/** Bytes that it has; a larger one is not written to its end. */
	most?: number;
	/** Called with the bytes so far and, when the store tells, in all. */
	onBytes?: (done: number, total: number | undefined) => void;
}

/** Calls throw UserError store_credential_missing, store_unreachable, store_unauthorized or store_failed. */
export function createStore(s3: S3, silenceMs = TIMEOUT_MS): Store {
	const { endpoint, bucket } = s3;
	const ofBucket = (method: "HEAD" | "PUT", ok: readonly number[]) =>
		s3.call({ method, key: "", ok, timeoutMs: silenceMs, signal: NEVER });
	const bucketExists = async () => (await ofBucket("HEAD", [404])).ok;
	return {
		endpoint,
		bucket,
		bucketExists,
		async prepareBucket() {
			if (await bucketExists()) return false;
			await ofBucket("PUT", []);
			return true;
		},
		save: (key, path, options) => download(s3, { key, path, silenceMs }, options),
	};
}

async function download(
	s3: S3,
	{ key, path, silenceMs }: { key: string; path: string; silenceMs: number },
	{ signal, onBytes, most = Infinity }: SaveOptions,
): Promise<number> {
	using silence = stallLimit(silenceMs, `silent for ${silenceMs / 1000} s`);
	try {
		const either = AbortSignal.any([signal, silence.signal]);
		const { status, headers, stream } = await s3.call({
			method: "GET",
			key,
			ok: [404],
			signal: either,
			isStream: true,
		});
		if (status === 404) throw missing(s3.endpoint, s3.bucket, key);
		const total = Number(headers["content-length"]) || undefined;
		let counted = 0;
		return await writeWhole(stream!, path, signal, (done) => {
			if (done > most) throw tooMuch(key, most);
			if (done - counted >= STEP_BYTES) {
				counted = done;
				silence.progress();
			}
			onBytes?.(done, total);
		});
	} catch (error) {
		signal.throwIfAborted();
		throw error instanceof UserError || isOfDisk(error)
			? error
			: unreachable(s3.endpoint, silence.signal.reason ?? error);
	}
}

/** The own disk is not the store: a name that is too long, a directory that is not ours, no space. */
const isOfDisk = (error: unknown): boolean =>
	["path", "dest"].some((name) => typeof Object(error)[name] === "string") || codeOf(error) === "ENOSPC";

/** Writes beside the file and renames, so that a cut download leaves nothing under its name. */
async function writeWhole(
	body: Readable,
	path: string,
	signal: AbortSignal,
	onBytes: (done: number) => void,
): Promise<number> {
	const part = `${path}.part`;
	let done = 0;
	const count = async function* (chunks: AsyncIterable<Uint8Array>) {
		for await (const chunk of chunks) {
			onBytes((done += chunk.byteLength));
			yield chunk;
		}
	};
	try {
		await pipeline(body, count, createWriteStream(part), { signal });
		await renameFile(part, path);
		return done;
	} finally {
		await removeFile(part);
	}
}

const tooMuch = (key: string, most: number) =>
	new UserError("object_incomplete", `${key} has more than the ${most} bytes that the job stored`, {
		hint: "somebody else may have stored it again: run the job again",
	});

const missing = (endpoint: string, bucket: string, key: string) =>
	new UserError("object_missing", `${bucket} at ${endpoint} has no object ${key}`, { hint: "cres doctor" });
