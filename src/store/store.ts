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
	/** The whole object. @throws UserError object_missing */
	read(key: string): Promise<Buffer>;
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
	const send = async (method: string, path: string, ok: readonly number[]): Promise<Response> => {
		const client = await (signer ??= createSigner(keys));
		const url = `${secure ? "https" : "http"}://${endpoint}/${bucket}${path}`;
		const response = await client
			.fetch(url, { method, signal: AbortSignal.timeout(TIMEOUT_MS) })
			.catch((error: unknown) => {
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
		async read(key) {
			const response = await send("GET", `/${key.split("/").map(encodeURIComponent).join("/")}`, [404]);
			if (response.status === 404)
				throw new UserError("object_missing", `${bucket} at ${endpoint} has no object ${key}`, { hint: "cres doctor" });
			return Buffer.from(await response.arrayBuffer());
		},
	};
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
