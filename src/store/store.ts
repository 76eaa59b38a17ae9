import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { codeOf, UserError } from "../errors/errors.ts";
import { unreachable, type S3 } from "./s3.ts";

const TIMEOUT_MS = 5_000;
const NEVER = new AbortController().signal;

/** The object store's S3 API, path style (docs.aws.amazon.com/AmazonS3/latest/API). */
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
	/** Called with the bytes so far and, when the store tells, in all. */
	onBytes?: (done: number, total: number | undefined) => void;
}

/** Calls throw UserError store_credential_missing, store_unreachable, store_unauthorized or store_failed. */
export function createStore(s3: S3): Store {
	const { endpoint, bucket } = s3;
	const ofBucket = (method: "HEAD" | "PUT", ok: readonly number[]) =>
		s3.call({ method, key: "", ok, timeoutMs: TIMEOUT_MS, signal: NEVER });
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
		async save(key, path, { signal, onBytes }) {
			const silence = new AbortController();
			const timer = setTimeout(() => silence.abort(new Error(`silent for ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
			try {
				const either = AbortSignal.any([signal, silence.signal]);
				const response = await s3.call({ method: "GET", key, ok: [404], signal: either, timeoutMs: Infinity });
				if (response.status === 404) throw missing(endpoint, bucket, key);
				const total = Number(response.headers.get("content-length")) || undefined;
				return await writeWhole(response, path, signal, (done) => {
					timer.refresh();
					onBytes?.(done, total);
				});
			} catch (error) {
				signal.throwIfAborted();
				throw error instanceof UserError || isOfDisk(error)
					? error
					: unreachable(endpoint, silence.signal.reason ?? error);
			} finally {
				clearTimeout(timer);
			}
		},
	};
}

/** The own disk is not the store: a name that is too long, a directory that is not ours, no space. */
const isOfDisk = (error: unknown): boolean =>
	["path", "dest"].some((name) => typeof Object(error)[name] === "string") || codeOf(error) === "ENOSPC";

/** Writes beside the file and renames, so that a cut download leaves nothing under its name. */
async function writeWhole(
	{ body }: Response,
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
		await pipeline(body ?? Readable.from([]), count, createWriteStream(part), { signal });
		await rename(part, path);
		return done;
	} finally {
		await rm(part, { force: true });
	}
}

const missing = (endpoint: string, bucket: string, key: string) =>
	new UserError("object_missing", `${bucket} at ${endpoint} has no object ${key}`, { hint: "cres doctor" });
