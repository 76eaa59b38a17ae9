import { setTimeout as delay } from "node:timers/promises";
import type { AwsClient } from "aws4fetch";
import { UserError } from "../errors/errors.ts";
import type { Secret } from "../secrets/secret.ts";
import { fetchWithCa, type FetchSigned } from "./fetch-with-ca.ts";

/** What servers other than Amazon's take. */
export const USUAL_REGION = "us-east-1";
/** How often a call is made that the server puts off. */
const TRIES = 3;
const FIRST_PAUSE_MS = 25;

export interface SenderOptions {
	/** What requests are signed for; us-east-1 unless given. */
	region?: string | undefined;
	/** The CAs of its certificate in PEM, and no other; undefined: the public ones. */
	ca?: string | undefined;
	accessKey: Secret | undefined;
	secretKey: Secret | undefined;
}

/** Signs a request, whose body is a text or bytes, and sends it. */
export type Send = (url: string, request: RequestInit & { body?: string | Buffer<ArrayBuffer> }) => Promise<Response>;

/** Signature V4. @throws UserError store_credential_missing */
export async function createSender(options: SenderOptions): Promise<Send> {
	const client = await createSigner(options);
	const fetchSigned: FetchSigned = options.ca === undefined ? (signed) => fetch(signed) : fetchWithCa(options.ca);
	return async (url, request) => {
		for (let tries = 1; ; tries++) {
			const response = await fetchSigned(await client.sign(url, request), request.body);
			if (tries === TRIES || (response.status < 500 && response.status !== 429)) return response;
			await response.body?.cancel();
			await delay(FIRST_PAUSE_MS * 2 ** tries * Math.random());
		}
	};
}

async function createSigner({ accessKey, secretKey, region = USUAL_REGION }: SenderOptions): Promise<AwsClient> {
	if (!accessKey || !secretKey)
		throw new UserError("store_credential_missing", "the object store's keys are not set", {
			hint: "put MINIO_ACCESS_KEY=… and MINIO_SECRET_KEY=… into .env",
		});
	const { AwsClient } = await import("aws4fetch");
	return new AwsClient({
		accessKeyId: accessKey.reveal(),
		secretAccessKey: secretKey.reveal(),
		service: "s3",
		region,
	});
}
