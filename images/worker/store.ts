import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import { FAILURES } from "../../src/contracts/task-names.ts";
import type { StoredObject } from "../../src/contracts/tasks.ts";
import type { Settings } from "../runtime/settings.ts";
import { s3Config } from "../runtime/s3-config.ts";
import { isDiskFull, passing } from "./failure.ts";

export interface Listed {
	key: string;
	/** Changes with the content. */
	etag: string;
}

/** Every call may throw ApplicationFailure StoreUnavailable, and the signal's reason when aborted. */
export interface Store {
	bucket: string;
	/** Uploads a file in parts; an abort leaves no object and no part behind. */
	putFile(key: string, path: string, contentType: string, signal: AbortSignal): Promise<StoredObject>;
	putText(key: string, text: string, contentType: string, signal: AbortSignal): Promise<StoredObject>;
	/** Undefined: there is no such object. */
	getText(key: string, signal: AbortSignal): Promise<string | undefined>;
	/** False: there is no such object. */
	getFile(key: string, path: string, signal: AbortSignal): Promise<boolean>;
	/** In the order of their keys. */
	list(prefix: string, signal: AbortSignal): Promise<Listed[]>;
	/** Does nothing where there is none. */
	remove(key: string, signal: AbortSignal): Promise<void>;
}

/** The bucket of an S3 server; its packages are loaded by the first call, so that the worker polls a little sooner. */
export function s3Store(settings: Settings["store"]): Store {
	const { bucket } = settings;
	let connected: Promise<S3Client> | undefined;
	const open = async () => ({
		s3: await import("@aws-sdk/client-s3"),
		client: await (connected ??= connect(settings)),
	});
	const get = async (key: string, signal: AbortSignal): Promise<Body | undefined> => {
		const { s3, client } = await open();
		try {
			const command = new s3.GetObjectCommand({ Bucket: bucket, Key: key });
			return (await client.send(command, { abortSignal: signal })).Body as Body;
		} catch (error) {
			if (error instanceof s3.NoSuchKey) return undefined;
			throw error;
		}
	};
	return {
		bucket,
		putFile: (key, path, contentType, signal) =>
			call(signal, async () => {
				const { client } = await open();
				await upload(
					client,
					{ Bucket: bucket, Key: key, Body: createReadStream(path), ContentType: contentType },
					signal,
				);
				return { key, bytes: (await stat(path)).size };
			}),
		putText: (key, text, contentType, signal) =>
			call(signal, async () => {
				const { s3, client } = await open();
				const Body = Buffer.from(text);
				const command = new s3.PutObjectCommand({ Bucket: bucket, Key: key, Body, ContentType: contentType });
				await client.send(command, { abortSignal: signal });
				return { key, bytes: Body.byteLength };
			}),
		getText: (key, signal) => call(signal, async () => (await get(key, signal))?.transformToString()),
		getFile: (key, path, signal) =>
			call(signal, async () => {
				const body = await get(key, signal);
				if (body) await pipeline(body, createWriteStream(path), { signal });
				return body !== undefined;
			}),
		list: (prefix, signal) =>
			call(signal, async () => {
				const { s3, client } = await open();
				const found: Listed[] = [];
				const pages = s3.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix }, { abortSignal: signal });
				for await (const { Contents } of pages)
					found.push(...(Contents ?? []).map(({ Key, ETag }) => ({ key: Key!, etag: ETag ?? "" })));
				return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
			}),
		remove: (key, signal) =>
			call(signal, async () => {
				const { s3, client } = await open();
				await client.send(new s3.DeleteObjectCommand({ Bucket: bucket, Key: key }), { abortSignal: signal });
			}),
	};
}

type Body = Readable & { transformToString(): Promise<string> };

async function call<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
	signal.throwIfAborted();
	try {
		return await work();
	} catch (error) {
		signal.throwIfAborted();
		const { name, message } = error as Error;
		if ((error as { code?: unknown }).code === "ENOSPC" || isDiskFull(message)) throw error;
		throw passing(FAILURES.store, `the object store: ${[name, message].filter(Boolean).join(": ")}`, error);
	}
}

async function upload(
	client: S3Client,
	params: { Bucket: string; Key: string; Body: Readable; ContentType: string },
	signal: AbortSignal,
): Promise<void> {
	const { Upload } = await import("@aws-sdk/lib-storage");
	signal.throwIfAborted();
	const running = new Upload({ client, params });
	const abort = (): void => void running.abort();
	signal.addEventListener("abort", abort);
	try {
		await running.done();
	} finally {
		signal.removeEventListener("abort", abort);
		params.Body.destroy();
	}
}

async function connect(store: Settings["store"]): Promise<S3Client> {
	const { S3Client } = await import("@aws-sdk/client-s3");
	return new S3Client(s3Config(store));
}
