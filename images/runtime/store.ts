import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { S3Client, S3ClientConfig, S3ServiceException } from "@aws-sdk/client-s3";
import { UNKNOWN_CA } from "../../src/contracts/certificates.ts";
import type { StoredObject } from "../../src/contracts/tasks.ts";
import { DependencyError } from "./dependency-error.ts";
import { counted, readText, stallLimit, type Stall } from "./limits.ts";
import type { Probe } from "./health.ts";
import type { Settings } from "./settings.ts";

/** An object as a listing shows it. */
export interface Listed {
	key: string;
	/** Changes with the content. */
	etag: string;
	modified: Date;
}

/** An object, or the part of it that was asked for. */
interface ObjectContent {
	body: Readable;
	/** As in HTTP's Content-Range; absent: the whole object. */
	contentRange: string | undefined;
	/** Bytes of the body. */
	contentLength: number | undefined;
}

/** The bucket. A call rejects with what `failure` makes of a DependencyError, and with the signal's reason when aborted. */
export interface Store {
	bucket: string;
	/** Whether the keys open the bucket. */
	check: Probe<void>;
	/** Uploads a file in parts; an abort leaves no object and no part behind. */
	putFile(key: string, path: string, contentType: string, signal: AbortSignal): Promise<StoredObject>;
	putText(key: string, text: string, contentType: string, signal: AbortSignal): Promise<StoredObject>;
	/** Undefined: there is no such object. */
	getText(key: string, signal: AbortSignal): Promise<string | undefined>;
	/** False: there is no such object. */
	getFile(key: string, path: string, signal: AbortSignal): Promise<boolean>;
	/** The content, or a range of it in the form of HTTP's Range; an object that is not there has the status 404. */
	open(key: string, range: string | undefined, signal: AbortSignal): Promise<ObjectContent>;
	/** Everything below a prefix, in the order of the keys. */
	list(prefix: string, signal: AbortSignal): AsyncIterable<Listed>;
	/** Does nothing where there is none. */
	remove(key: string, signal: AbortSignal): Promise<void>;
	close(): Promise<void>;
}

export interface StoreOptions {
	/** Milliseconds that one call may take; absent: a minute, and a transfer as long as it goes on. */
	limit?: number;
	/** Milliseconds without progress that end a transfer; a minute unless given. */
	stall?: number;
	client?: Pick<S3ClientConfig, "maxAttempts" | "responseChecksumValidation"> & { connectionTimeout?: number };
	/** What a call rejects with when the store did not do its part; absent: the DependencyError. */
	failure?: (error: DependencyError) => Error;
}

/** What servers other than Amazon's take. */
const USUAL_REGION = "us-east-1";
/** Milliseconds of a call that transfers no file. */
const CALL_LIMIT = 60_000;
/** Milliseconds without progress that end a transfer; a part of an upload is acknowledged as a whole. */
const STALL_LIMIT = 60_000;
/** Characters of the largest text, which is a transcript with all its words. */
const MOST_TEXT = 64 << 20;
/** Parts of an upload are acknowledged as a whole: it may stand still so many times as long. */
const UPLOAD_PATIENCE = 5;
/** Pages of a listing: ten million objects. */
const MOST_PAGES = 10_000;

/** Loads the client's packages, which the first call does otherwise. */
export const loadStore = () => import("@aws-sdk/client-s3");

/** A bucket of an S3 server. The first call connects. */
export function openStore(settings: Settings["store"], options: StoreOptions = {}): Store {
	const { bucket } = settings;
	const { calls, close } = connect(settings, options);
	return {
		bucket,
		check: (signal) =>
			calls.brief(signal, async ({ s3, client, signal: abortSignal }) => {
				await client.send(new s3.HeadBucketCommand({ Bucket: bucket }), { abortSignal });
			}),
		...reading(calls, bucket),
		...writing(calls, bucket),
		close,
	};
}

interface Connected {
	s3: Awaited<ReturnType<typeof loadStore>>;
	client: S3Client;
	signal: AbortSignal;
}
type Call = <T>(signal: AbortSignal, work: (connected: Connected) => Promise<T>) => Promise<T>;

/** Two kinds of calls, each with its limits. */
interface Calls {
	/** Over in a minute. */
	brief: Call;
	/** Goes on while it has progress, which it tells with `came`. */
	transfer: <T>(
		signal: AbortSignal,
		work: (connected: Connected & { stall: Stall }) => Promise<T>,
		patience?: number,
	) => Promise<T>;
}

function connect(settings: Settings["store"], options: StoreOptions): { calls: Calls; close: Store["close"] } {
	let connected: S3Client | undefined;
	const { limit, stall: usualStall = STALL_LIMIT } = options;
	const call = async <T>(
		[signal, ...limits]: readonly AbortSignal[],
		work: (connected: Connected) => Promise<T>,
	): Promise<T> => {
		signal!.throwIfAborted();
		const s3 = await loadStore();
		connected ??= new s3.S3Client(configOf(settings, options.client));
		const ends = AbortSignal.any([signal!, ...limits]);
		try {
			return await work({ s3, client: connected, signal: ends });
		} catch (error) {
			signal!.throwIfAborted();
			// The own disk is not the store.
			if ((error as { code?: unknown }).code === "ENOSPC") throw error;
			const explained = explain(error as S3ServiceException, settings, ends.aborted);
			throw options.failure?.(explained) ?? explained;
		}
	};
	const timed = limit === undefined ? [] : [limit];
	return {
		calls: {
			brief: (signal, work) => call([signal, AbortSignal.timeout(limit ?? CALL_LIMIT)], work),
			async transfer(signal, work, patience = 1) {
				using stall = stallLimit(patience * usualStall);
				const limits = [stall.signal, ...timed.map((ms) => AbortSignal.timeout(ms))];
				return await call([signal, ...limits], (open) => work({ ...open, stall }));
			},
		},
		close: async () => connected?.destroy(),
	};
}

function reading({ brief, transfer }: Calls, bucket: string): Pick<Store, "getText" | "getFile" | "open" | "list"> {
	const get = ({ s3, client, signal }: Connected, Key: string, Range?: string) =>
		client.send(new s3.GetObjectCommand({ Bucket: bucket, Key, Range }), { abortSignal: signal });
	const find = async (connected: Connected, key: string): Promise<ObjectContent["body"] | undefined> => {
		const missing = (error: unknown): undefined => {
			if (!(error instanceof connected.s3.NoSuchKey)) throw error;
		};
		return (await get(connected, key).catch(missing))?.Body as ObjectContent["body"] | undefined;
	};
	return {
		getText: (key, signal) =>
			brief(signal, async (connected) => {
				const body = await find(connected, key);
				return body && readText(body as AsyncIterable<Uint8Array>, MOST_TEXT);
			}),
		getFile: (key, path, signal) =>
			transfer(signal, async (connected) => {
				const body = await find(connected, key);
				const { signal: ends, stall } = connected;
				const came = (chunks: AsyncIterable<Uint8Array>) => counted(chunks, stall);
				if (body) await pipeline(body, came, createWriteStream(path), { signal: ends });
				return body !== undefined;
			}),
		open: (key, range, signal) =>
			transfer(signal, async (connected) => {
				const { Body, ContentRange, ContentLength } = await get(connected, key, range);
				return { body: Body as ObjectContent["body"], contentRange: ContentRange, contentLength: ContentLength };
			}),
		async *list(Prefix, signal) {
			let ContinuationToken: string | undefined;
			for (let pages = 0; pages === 0 || (ContinuationToken !== undefined && pages < MOST_PAGES); pages++) {
				const page = await brief(signal, ({ s3, client, signal: abortSignal }) =>
					client.send(new s3.ListObjectsV2Command({ Bucket: bucket, Prefix, ContinuationToken }), { abortSignal }),
				);
				for (const { Key, ETag, LastModified } of page.Contents ?? [])
					yield { key: Key!, etag: ETag ?? "", modified: LastModified ?? new Date(0) };
				ContinuationToken = page.NextContinuationToken;
			}
		},
	};
}

const writing = ({ brief, transfer }: Calls, Bucket: string): Pick<Store, "putFile" | "putText" | "remove"> => ({
	putFile: (key, path, ContentType, signal) =>
		transfer(
			signal,
			async (connected) => {
				await upload(connected, { Bucket, Key: key, Body: createReadStream(path), ContentType });
				return { key, bytes: (await stat(path)).size };
			},
			UPLOAD_PATIENCE,
		),
	putText: (key, text, ContentType, signal) =>
		brief(signal, async ({ s3, client, signal: abortSignal }) => {
			const Body = Buffer.from(text);
			await client.send(new s3.PutObjectCommand({ Bucket, Key: key, Body, ContentType }), { abortSignal });
			return { key, bytes: Body.byteLength };
		}),
	remove: (Key, signal) =>
		brief(signal, async ({ s3, client, signal: abortSignal }) => {
			await client.send(new s3.DeleteObjectCommand({ Bucket, Key }), { abortSignal });
		}),
});

async function upload(
	{ client, signal, stall }: Connected & { stall: Stall },
	params: { Bucket: string; Key: string; Body: Readable; ContentType: string },
): Promise<void> {
	const { Upload } = await import("@aws-sdk/lib-storage");
	signal.throwIfAborted();
	const running = new Upload({ client, params });
	let done = 0;
	running.on("httpUploadProgress", ({ loaded = 0 }) => {
		stall.came(loaded - done);
		done = loaded;
	});
	const abort = (): void => void running.abort();
	signal.addEventListener("abort", abort);
	try {
		await running.done();
	} finally {
		signal.removeEventListener("abort", abort);
		params.Body.destroy();
	}
}

const configOf = (
	{ endpoint, region = USUAL_REGION, ca, pathStyle = true, accessKey, secretKey }: Settings["store"],
	{ connectionTimeout, ...client }: StoreOptions["client"] = {},
) =>
	({
		...client,
		endpoint,
		region,
		forcePathStyle: pathStyle,
		requestHandler: {
			...(connectionTimeout === undefined ? {} : { connectionTimeout }),
			// As the client has it by itself, and with a CA.
			...(ca === undefined ? {} : { httpsAgent: { keepAlive: true, maxSockets: 50, ca } }),
		},
		credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
		// Servers other than Amazon's do not all know the newer checksum trailers.
		requestChecksumCalculation: "WHEN_REQUIRED",
	}) satisfies S3ClientConfig;

/** The region that a refusal names, if it is another one (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
function regionIn(error: S3ServiceException, region = USUAL_REGION): string | undefined {
	const { Region } = error as { Region?: unknown };
	const named = error.$response?.headers?.["x-amz-bucket-region"] ?? (typeof Region === "string" ? Region : undefined);
	return named !== region && /^[a-z0-9-]{1,40}$/.test(named ?? "") ? named : undefined;
}

const MEANING: Readonly<Record<number, string>> = {
	403: "refuses the keys",
	404: "has no such bucket",
};

function explain(
	error: S3ServiceException,
	{ endpoint, bucket, region }: Settings["store"],
	late: boolean,
): DependencyError {
	const place = `the store at ${endpoint}/${bucket}`;
	if (late) return new DependencyError(`${place} did not answer in time`, { cause: error });
	const status = error.$metadata?.httpStatusCode;
	const other = regionIn(error, region);
	if (other !== undefined)
		return new DependencyError(`${place} is in region ${other}: set MINIO_REGION (store.region in cres.yaml)`, {
			cause: error,
			status,
		});
	const { code } = error as { code?: string };
	if (UNKNOWN_CA.test(code ?? ""))
		return new DependencyError(`${place} has a certificate of an unknown CA (${code}): set store.ca in cres.yaml`, {
			cause: error,
		});
	const meaning = error.name === "NoSuchKey" ? undefined : MEANING[status ?? 0];
	const said = meaning ?? `fails: ${error.message || code || error.name}`;
	return new DependencyError(`${place} ${said}`, { cause: error, status });
}
