import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AwsClient } from "aws4fetch";
import { UserError, messageOf } from "../errors.ts";
import type { Secret } from "../secrets/secret.ts";

const TIMEOUT_MS = 5_000;

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

export interface StoreOptions {
	/** `host:port` */
	endpoint: string;
	/** HTTPS. */
	secure: boolean;
	bucket: string;
}

/** Calls throw UserError store_credential_missing, store_unreachable, store_unauthorized or store_failed. */
export function createStore(
	{ endpoint, secure, bucket }: StoreOptions,
	keys: { accessKey: Secret | undefined; secretKey: Secret | undefined },
): Store {
	let signer: Promise<AwsClient> | undefined;
	const send = async (
		method: string,
		path: string,
		ok: readonly number[],
		signal = AbortSignal.timeout(TIMEOUT_MS),
	): Promise<Response> => {
		const client = await (signer ??= createSigner(keys));
		const url = `${secure ? "https" : "http"}://${endpoint}/${bucket}${path}`;
		const response = await client.fetch(url, { method, signal }).catch((error: unknown) => {
			throw unreachable(endpoint, error);
		});
		if (response.ok || ok.includes(response.status)) return response;
		throw refused(endpoint, bucket, response.status);
	};
	const bucketExists = async () => (await send("HEAD", "", [404])).ok;
	return {
		endpoint,
		bucket,
		bucketExists,
		async prepareBucket() {
			if (await bucketExists()) return false;
			await send("PUT", "", []);
			return true;
		},
		async save(key, path, { signal, onBytes }) {
			const silence = new AbortController();
			const timer = setTimeout(() => silence.abort(new Error(`silent for ${TIMEOUT_MS / 1000} s`)), TIMEOUT_MS);
			try {
				const either = AbortSignal.any([signal, silence.signal]);
				const response = await send("GET", `/${key.split("/").map(encodeURIComponent).join("/")}`, [404], either);
				if (response.status === 404) throw missing(endpoint, bucket, key);
				const total = Number(response.headers.get("content-length")) || undefined;
				return await writeWhole(response, path, signal, (done) => {
					timer.refresh();
					onBytes?.(done, total);
				});
			} catch (error) {
				signal.throwIfAborted();
				throw error instanceof UserError ? error : unreachable(endpoint, silence.signal.reason ?? error);
			} finally {
				clearTimeout(timer);
			}
		},
	};
}

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

async function createSigner({
	accessKey,
	secretKey,
}: {
	accessKey: Secret | undefined;
	secretKey: Secret | undefined;
}): Promise<AwsClient> {
	if (!accessKey || !secretKey)
		throw new UserError("store_credential_missing", "the object store's keys are not set", {
			hint: "put MINIO_ACCESS_KEY=… and MINIO_SECRET_KEY=… into .env",
		});
	const { AwsClient } = await import("aws4fetch");
	return new AwsClient({
		accessKeyId: accessKey.reveal(),
		secretAccessKey: secretKey.reveal(),
		service: "s3",
		region: "us-east-1",
		retries: 1,
	});
}

const missing = (endpoint: string, bucket: string, key: string) =>
	new UserError("object_missing", `${bucket} at ${endpoint} has no object ${key}`, { hint: "cres doctor" });

const unreachable = (endpoint: string, cause: unknown) =>
	new UserError("store_unreachable", `the object store at ${endpoint} does not answer (${reasonOf(cause)})`, {
		hint: "check store.endpoint in cres.yaml and that the store runs, then cres doctor",
		cause,
	});

/** undici hides the reason of "fetch failed" one level down. */
const reasonOf = (error: unknown): string =>
	messageOf((error as { cause?: unknown }).cause ?? error) || "no reason given";

function refused(endpoint: string, bucket: string, status: number): UserError {
	if (status === 401 || status === 403)
		return new UserError(
			"store_unauthorized",
			`the object store at ${endpoint} refuses the keys for bucket ${bucket}`,
			{
				hint: "correct MINIO_ACCESS_KEY and MINIO_SECRET_KEY in .env",
			},
		);
	return new UserError("store_failed", `the object store at ${endpoint} answers ${status}`, { hint: "cres doctor" });
}
