import { createHash } from "node:crypto";
import type { AwsClient } from "aws4fetch";
import { UserError, messageOf } from "../errors/errors.ts";
import type { Secret } from "../secrets/secret.ts";
import { isRedirect } from "../system/redirect.ts";

const TIMEOUT_MS = 10_000;

export interface S3Options {
	/** `host:port` */
	endpoint: string;
	/** HTTPS. */
	secure: boolean;
	bucket: string;
	accessKey: Secret | undefined;
	secretKey: Secret | undefined;
}

export interface S3Call {
	method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
	/** Empty: the bucket itself. */
	key: string;
	query?: Readonly<Record<string, string>>;
	headers?: Readonly<Record<string, string>>;
	body?: string | Buffer<ArrayBuffer>;
	signal: AbortSignal;
	/** Milliseconds, 10,000 unless given; Infinity: the signal alone ends it. */
	timeoutMs?: number;
	/** Statuses other than 2xx that the caller understands. */
	ok?: readonly number[];
}

/** Signed calls to one bucket, path style (docs.aws.amazon.com/AmazonS3/latest/API). */
export interface S3 {
	readonly endpoint: string;
	readonly bucket: string;
	/** @throws UserError store_credential_missing, store_unreachable, store_unauthorized, store_failed, the signal's reason */
	call(call: S3Call): Promise<Response>;
}

export function createS3(options: S3Options): S3 {
	const { endpoint, secure, bucket } = options;
	let signer: Promise<AwsClient> | undefined;
	return {
		endpoint,
		bucket,
		async call(call) {
			const client = await (signer ??= createSigner(options));
			const url = new URL(`${secure ? "https" : "http"}://${endpoint}/${bucket}${pathOf(call.key)}`);
			url.search = new URLSearchParams(call.query).toString();
			const response = await client.fetch(url.toString(), requestOf(call)).catch((error: unknown) => {
				call.signal.throwIfAborted();
				throw unreachable(endpoint, error);
			});
			if (isRedirect(response.status)) throw await elsewhere(endpoint, url, response);
			if (response.ok || call.ok?.includes(response.status)) return response;
			await response.body?.cancel();
			throw refused(endpoint, bucket, response.status);
		},
	};
}

const pathOf = (key: string): string => (key === "" ? "" : `/${key.split("/").map(encodeURIComponent).join("/")}`);

const requestOf = ({ method, headers, body = "", signal, timeoutMs = TIMEOUT_MS }: S3Call): RequestInit => ({
	method,
	redirect: "manual", // a signature is good for one host
	// With the body's checksum in the signature the server notices a body that arrives damaged.
	headers: { ...headers, "x-amz-content-sha256": createHash("sha256").update(body).digest("hex") },
	signal: timeoutMs === Infinity ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
	...(body === "" ? {} : { body }),
});

async function createSigner({ accessKey, secretKey }: S3Options): Promise<AwsClient> {
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
		retries: 2,
	});
}

/** undici hides the reason of "fetch failed" one level down. */
const reasonOf = (error: unknown): string =>
	messageOf((error as { cause?: unknown }).cause ?? error) || "no reason given";

/** The store was silent or broke off. */
export const unreachable = (endpoint: string, cause: unknown) =>
	new UserError("store_unreachable", `the object store at ${endpoint} does not answer (${reasonOf(cause)})`, {
		hint: "check store.endpoint in cres.yaml and that the store runs, then cres doctor",
		cause,
	});

async function elsewhere(endpoint: string, url: URL, response: Response): Promise<UserError> {
	await response.body?.cancel();
	const to = URL.parse(response.headers.get("location") ?? "", url.href);
	return new UserError(
		"store_failed",
		`the object store at ${endpoint} answers ${response.status} and names ${to?.host ?? "no other address"}; nothing was sent there`,
		{ hint: "set store.endpoint and store.secure in cres.yaml to the store's own address, then cres doctor" },
	);
}

function refused(endpoint: string, bucket: string, status: number): UserError {
	if (status === 401 || status === 403)
		return new UserError(
			"store_unauthorized",
			`the object store at ${endpoint} refuses the keys for bucket ${bucket}`,
			{
				hint: "correct MINIO_ACCESS_KEY and MINIO_SECRET_KEY in .env",
			},
		);
	if (status === 404)
		return new UserError("bucket_missing", `the object store at ${endpoint} has no bucket ${bucket}`, {
			hint: "cres control prepare",
		});
	return new UserError("store_failed", `the object store at ${endpoint} answers ${status}`, {
		hint: "look at the store's log, then cres doctor",
	});
}
