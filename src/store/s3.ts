import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { UNKNOWN_CA } from "../contracts/certificates.ts";
import { UserError, codeOf, reasonOf } from "../errors/errors.ts";
import { readBytes } from "../system/limits.ts";
import { isRedirect } from "../system/redirect.ts";
import type { StoreRequest } from "./exchange.ts";
import { createSender, USUAL_REGION, type Send, type SenderOptions } from "./sender.ts";

const TIMEOUT_MS = 10_000;
/** More than any list, manifest or refusal has. */
const MOST_BYTES = 16 << 20;

export interface S3Options extends SenderOptions {
	/** `host:port` */
	endpoint: string;
	bucket: string;
	/** False: the bucket stands in the host name, not in the path. */
	pathStyle?: boolean;
}

export interface S3Call {
	method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
	/** Empty: the bucket itself. */
	key: string;
	query?: Readonly<Record<string, string>>;
	headers?: Readonly<Record<string, string>>;
	body?: string | Buffer;
	signal: AbortSignal;
	/** Milliseconds until the answer is whole, 10,000 unless given. */
	timeoutMs?: number;
	/** The body is an object that is read as it comes: the caller limits its time and size. */
	isStream?: boolean;
	/** Statuses other than 2xx that the caller understands. */
	ok?: readonly number[];
}

/** An answer of the store. */
export interface S3Answer {
	status: number;
	/** The status is 2xx. */
	ok: boolean;
	/** By their names in lower case. */
	headers: IncomingHttpHeaders;
	/** The whole body; empty where it is streamed. */
	content: Buffer;
	/** The body as it comes, where it was asked for as a stream and there is one. */
	stream?: IncomingMessage;
}

/** Signed calls to one bucket (docs.aws.amazon.com/AmazonS3/latest/API). */
export interface S3 {
	readonly endpoint: string;
	readonly bucket: string;
	/**
	 * An answer without its stream has at most 16 MiB.
	 * @throws UserError store_credential_missing, store_unreachable, store_unauthorized, store_region, store_failed, the
	 * signal's reason
	 */
	call(call: S3Call): Promise<S3Answer>;
}

/** Opens lazily: the first call loads the signer (AWS Signature Version 4). */
export function createS3(options: S3Options): S3 {
	const { endpoint, bucket } = options;
	let sender: Promise<Send> | undefined;
	return {
		endpoint,
		bucket,
		async call(call) {
			const send = await (sender ??= createSender(options));
			const url = addressOf(options, call);
			const answer = await send(requestOf(url, call))
				.then((message) => answerOf(message, call))
				.catch((error: unknown) => {
					call.signal.throwIfAborted();
					throw unreachable(endpoint, error);
				});
			if (isRedirect(answer.status)) throw elsewhere(endpoint, url, answer);
			if (answer.ok || call.ok?.includes(answer.status)) return answer;
			throw refused(options, answer);
		},
	};
}

/** Where a bucket's objects are (docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html). */
function addressOf({ endpoint, secure, bucket, pathStyle = true }: S3Options, { key, query }: S3Call): URL {
	const host = pathStyle ? endpoint : `${bucket}.${endpoint}`;
	const path = [...(pathStyle ? [bucket] : []), ...(key === "" ? [] : key.split("/"))];
	const url = new URL(`${secure ? "https" : "http"}://${host}/${path.map(encodeURIComponent).join("/")}`);
	url.search = new URLSearchParams(query).toString();
	return url;
}

function requestOf(url: URL, call: S3Call): StoreRequest {
	const { method, headers, body = "", signal, timeoutMs = TIMEOUT_MS, isStream } = call;
	const type = body === "" ? {} : { "content-type": "application/octet-stream" };
	return {
		...{ url, method, headers: { ...type, ...headers }, body },
		signal: isStream ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
	};
}

async function answerOf(message: IncomingMessage, { isStream = false }: S3Call): Promise<S3Answer> {
	const [status, headers] = [message.statusCode!, message.headers];
	const ok = status >= 200 && status < 300;
	if (isStream && ok) return { status, ok, headers, content: Buffer.alloc(0), stream: message };
	return { status, ok, headers, content: await readBytes(message, MOST_BYTES) };
}

/** The store was silent or broke off. */
export const unreachable = (endpoint: string, cause: unknown) =>
	new UserError("store_unreachable", `the object store at ${endpoint} does not answer (${reasonOf(cause)})`, {
		hint: UNKNOWN_CA.test(codeOf(Object(cause).cause ?? cause) ?? "")
			? "set store.ca in cres.yaml to the PEM file of the CA that signed the store's certificate"
			: "check store.endpoint in cres.yaml and that the store runs, then cres doctor",
		cause,
	});

function elsewhere(endpoint: string, url: URL, { status, headers }: S3Answer): UserError {
	const to = URL.parse(headers.location ?? "", url.href);
	return new UserError(
		"store_failed",
		`the object store at ${endpoint} answers ${status} and names ${to?.host ?? "no other address"}; nothing was sent there`,
		{ hint: "set store.endpoint and store.secure in cres.yaml to the store's own address, then cres doctor" },
	);
}

/** The region that a refusal names (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html), if it is another one. */
function regionIn({ headers, content }: S3Answer, region: string): string | undefined {
	const named = headers["x-amz-bucket-region"] ?? /<Region>([a-z0-9-]{1,40})<\/Region>/.exec(content.toString())?.[1];
	return typeof named === "string" && named !== region ? named : undefined;
}

function refused({ endpoint, bucket, region = USUAL_REGION }: S3Options, answer: S3Answer): UserError {
	const { status } = answer;
	const other = regionIn(answer, region);
	if (other !== undefined)
		return new UserError(
			"store_region",
			`bucket ${bucket} at ${endpoint} is in region ${other}; the request was signed for ${region}`,
			{ hint: `set store.region: ${other} in cres.yaml` },
		);
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
