import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { S3Client } from "@aws-sdk/client-s3";
import type { StoredObject } from "../../src/contracts/tasks.ts";
import type { Settings } from "../runtime/env.ts";

export interface Store {
	bucket: string;
	/** Uploads a file in parts; an abort leaves no object and no part behind. */
	putFile(key: string, path: string, contentType: string, signal: AbortSignal): Promise<StoredObject>;
}

/** The bucket of an S3 server; its packages are loaded by the first upload, so that the worker polls a little sooner. */
export function s3Store(settings: Settings["store"]): Store {
	const { bucket } = settings;
	let connected: Promise<S3Client> | undefined;
	return {
		bucket,
		async putFile(key, path, contentType, signal) {
			const client = await (connected ??= connect(settings));
			const { Upload } = await import("@aws-sdk/lib-storage");
			signal.throwIfAborted();
			const upload = new Upload({
				client,
				params: { Bucket: bucket, Key: key, Body: createReadStream(path), ContentType: contentType },
			});
			const abort = (): void => void upload.abort();
			signal.addEventListener("abort", abort);
			try {
				await upload.done();
			} finally {
				signal.removeEventListener("abort", abort);
			}
			return { key, bytes: (await stat(path)).size };
		},
	};
}

async function connect({ endpoint, accessKey, secretKey }: Settings["store"]): Promise<S3Client> {
	const { S3Client } = await import("@aws-sdk/client-s3");
	return new S3Client({
		endpoint,
		region: "us-east-1",
		forcePathStyle: true,
		credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
		// Servers other than Amazon's do not all know the newer checksum trailers.
		requestChecksumCalculation: "WHEN_REQUIRED",
	});
}
