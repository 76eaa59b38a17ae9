import {
	GetObjectCommand,
	HeadBucketCommand,
	ListObjectsV2Command,
	PutObjectCommand,
	S3Client,
	type S3ServiceException,
} from "@aws-sdk/client-s3";
import type { Probe } from "../runtime/health.ts";
import type { Settings } from "../runtime/settings.ts";
import { s3Config } from "../runtime/s3-config.ts";
import { DependencyError } from "../runtime/dependency-error.ts";

/** An object as a listing shows it. */
export interface Listed {
	key: string;
	/** Changes with the content. */
	etag: string;
	modified: Date;
}

/** The bucket. Calls reject with DependencyError. */
export interface ObjectStore {
	/** Whether the keys open the bucket. */
	check: Probe<void>;
	/** Undefined when there is no such object. */
	read(key: string, signal: AbortSignal): Promise<string | undefined>;
	write(key: string, text: string, signal: AbortSignal): Promise<void>;
	/** Everything below a prefix, in the order of the keys. */
	list(prefix: string, signal: AbortSignal): AsyncIterable<Listed>;
	close(): Promise<void>;
}

/** The first call connects. A call may take `limit` milliseconds. */
export function openStore(settings: Settings["store"], limit: number): ObjectStore {
	const { bucket: Bucket, endpoint } = settings;
	const client = new S3Client({ ...s3Config(settings), maxAttempts: 2 });
	const ask = async <T>(signal: AbortSignal, call: (abortSignal: AbortSignal) => Promise<T>) => {
		const ends = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
		try {
			return await call(ends);
		} catch (error) {
			const place = `the store at ${endpoint}/${Bucket}`;
			if (ends.aborted) throw new DependencyError(`${place} did not answer in time`, error);
			throw explain(error as S3ServiceException, place);
		}
	};
	const missing = (error: S3ServiceException): undefined => {
		if (error.name === "NoSuchKey") return undefined;
		throw error;
	};
	return {
		check: (signal) =>
			ask(signal, async (abortSignal) => {
				await client.send(new HeadBucketCommand({ Bucket }), { abortSignal });
			}),
		read: (Key, signal) =>
			ask(signal, async (abortSignal) => {
				const got = await client.send(new GetObjectCommand({ Bucket, Key }), { abortSignal }).catch(missing);
				return got?.Body?.transformToString();
			}),
		write: (Key, Body, signal) =>
			ask(signal, async (abortSignal) => {
				const put = new PutObjectCommand({ Bucket, Key, Body, ContentType: "application/json" });
				await client.send(put, { abortSignal });
			}),
		async *list(Prefix, signal) {
			let ContinuationToken: string | undefined;
			do {
				const page = await ask(signal, (abortSignal) =>
					client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken }), { abortSignal }),
				);
				for (const { Key, ETag, LastModified } of page.Contents ?? []) {
					yield { key: Key!, etag: ETag ?? "", modified: LastModified ?? new Date(0) };
				}
				ContinuationToken = page.NextContinuationToken;
			} while (ContinuationToken !== undefined);
		},
		close: async () => client.destroy(),
	};
}

const MEANING: Readonly<Record<number, string>> = {
	403: "refuses the keys",
	404: "has no such bucket",
};

function explain(error: S3ServiceException, place: string): DependencyError {
	const meaning = MEANING[error.$metadata?.httpStatusCode ?? 0];
	const { code } = error as { code?: string };
	return new DependencyError(`${place} ${meaning ?? `fails: ${error.message || code || error.name}`}`, error);
}
