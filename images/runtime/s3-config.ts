import type { S3ClientConfig } from "@aws-sdk/client-s3";
import type { Settings } from "./settings.ts";

/** How every program of an image reaches its bucket; each adds its own limits. */
export const s3Config = ({ endpoint, accessKey, secretKey }: Settings["store"]) =>
	({
		endpoint,
		region: "us-east-1",
		forcePathStyle: true,
		credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
		// Servers other than Amazon's do not all know the newer checksum trailers.
		requestChecksumCalculation: "WHEN_REQUIRED",
	}) satisfies S3ClientConfig;
