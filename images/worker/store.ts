import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import type { StoredObject } from "../../src/contracts/tasks.ts";
import type { Settings } from "../runtime/env.ts";

export interface Store {
	bucket: string;
	/** Uploads a file in parts; an abort leaves no object and no part behind. */
	putFile(key: string, path: string, contentType: string, signal: AbortSignal): Promise<StoredObject>;
}

export function s3Store({ endpoint, bucket, accessKey, secretKey }: Settings["store"]): Store {
	const client = new S3Client({
		endpoint,
		region: "us-east-1",
		forcePathStyle: true,
		credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
		// Servers other than Amazon's do not all know the newer checksum trailers.
		requestChecksumCalculation: "WHEN_REQUIRED",
	});
	return {
		bucket,
		async putFile(key, path, contentType, signal) {
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
