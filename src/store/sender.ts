import { setTimeout as delay } from "node:timers/promises";
import type { IncomingMessage } from "node:http";
import { UserError } from "../errors/errors.ts";
import type { Secret } from "../secrets/secret.ts";
import { createExchange, type StoreRequest } from "./exchange.ts";

/** What servers other than Amazon's take. */
export const USUAL_REGION = "us-east-1";
/** How often a call is made that the server puts off. */
const TRIES = 3;
const FIRST_PAUSE_MS = 25;

export interface SenderOptions {
	/** HTTPS. */
	secure: boolean;
	/** What requests are signed for; us-east-1 unless given. */
	region?: string | undefined;
	/** The CAs of its certificate in PEM, and no other; undefined: the public ones. */
	ca?: string | undefined;
	accessKey: Secret | undefined;
	secretKey: Secret | undefined;
}

/** Signs a request and sends it. */
export type Send = (request: StoreRequest) => Promise<IncomingMessage>;

/** Signature V4 (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html). @throws UserError store_credential_missing */
export async function createSender(options: SenderOptions): Promise<Send> {
	const sign = await createSigner(options);
	const exchange = createExchange(options.secure, options.ca);
	return async (request) => {
		for (let tries = 1; ; tries++) {
			const answer = await exchange(sign(request));
			if (tries === TRIES || (answer.statusCode! < 500 && answer.statusCode !== 429)) return answer;
			answer.destroy();
			await delay(FIRST_PAUSE_MS * 2 ** tries * Math.random());
		}
	};
}

async function createSigner(options: SenderOptions): Promise<(request: StoreRequest) => StoreRequest> {
	const { accessKey, secretKey, region = USUAL_REGION } = options;
	if (!accessKey || !secretKey)
		throw new UserError("store_credential_missing", "the object store's keys are not set", {
			hint: "put MINIO_ACCESS_KEY=… and MINIO_SECRET_KEY=… into .env",
		});
	const keys = { accessKeyId: accessKey.reveal(), secretAccessKey: secretKey.reveal() };
	const { default: aws4 } = await import("aws4");
	// It signs the body's checksum too: the server notices a body that arrives damaged.
	return (request) => {
		const { url, method, headers, body } = request;
		const path = `${url.pathname}${url.search}`;
		const signed = aws4.sign(
			{ service: "s3", region, method, host: url.host, path, headers: { ...headers }, body },
			keys,
		);
		return { ...request, headers: signed.headers! };
	};
}
